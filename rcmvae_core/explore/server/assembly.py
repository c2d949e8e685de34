"""Puts an application together: the routes of the interface, the page, the WebSocket, and the guard before all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from typing import Any

import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Router, WebSocketRoute
from starlette.routing import Route as StarletteRoute

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.explore.server import errors
from rcmvae_core.explore.server.live import Live
from rcmvae_core.explore.server.page_files import file_endpoint, render_page
from rcmvae_core.explore.server.route import Route, starlette_route
from rcmvae_core.explore.server.security import Access, Guard

PREFIX = "/api/v1"
_POLL_SECONDS = 0.5
"""How often labels of other processes are looked for."""


def assemble(
    routes: Sequence[Route],
    context: Any,
    access: Access,
    page: Mapping[str, Any],
    *,
    live: Live,
    poll: Callable[[], object] = lambda: None,
    alongside: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Starlette:
    """Return an application.

    Args:
        routes: the table.
        context: the first argument of their functions, which says whether it is `read_only`.
        access: who may use it.
        page: the values of the page's template.
        live: the clients that listen.
        poll: is called in a thread now and then while somebody listens.
        alongside: returns a context that is entered while the application lives.

    Returns:
        The application.
    """

    async def show_page(_: Request) -> Response:
        return render_page(page)

    turns = {"glance": asyncio.Lock(), "batch": asyncio.Lock()}
    interface: list[BaseRoute] = [starlette_route(route, context, turns) for route in routes]
    interface.append(WebSocketRoute("/live", live.serve))
    inner = Router(interface, redirect_slashes=False)
    app = Starlette(
        routes=[
            Mount(PREFIX, inner),
            StarletteRoute("/", show_page),
            StarletteRoute("/{path:path}", file_endpoint),
        ],
        middleware=[Middleware(Guard, access=access)],
        exception_handlers={HTTPException: errors.handle, Exception: errors.handle},
        lifespan=lambda _: _living(live, poll, alongside()),
    )
    app.router.redirect_slashes = False  # it would redirect to an absolute URL, without the prefix of a proxy
    return app


@asynccontextmanager
async def _living(
    live: Live, poll: Callable[[], object], alongside: AbstractContextManager[None]
) -> AsyncGenerator[None]:
    """Tell the clients what changed while the application lives.

    Args:
        live: the clients.
        poll: as of `assemble`.
        alongside: is entered meanwhile.
    """
    live.start()
    follower = asyncio.create_task(_follow(live, poll))
    try:
        with alongside:
            yield
    finally:
        follower.cancel()
        await asyncio.gather(follower, return_exceptions=True)
        live.stop()


async def _follow(live: Live, poll: Callable[[], object]) -> None:
    """Call `poll` while somebody listens."""
    while True:
        await asyncio.sleep(_POLL_SECONDS)
        if live.clients:
            with suppress(RcmvaeError):  # the next request reports what is wrong with the store
                await anyio.to_thread.run_sync(poll)
