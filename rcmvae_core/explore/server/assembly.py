"""Puts an application together: the routes of the interface, the page, the WebSocket, and the guard before all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from typing import Any

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
from rcmvae_core.explore.server.route import Route, Workers, starlette_route
from rcmvae_core.explore.server.security import Access, Guard

PREFIX = "/api/v1"
_POLL_SECONDS = 0.5
"""How often labels of other processes are looked for."""
_THREADS = 32
"""Requests that are served at a time; most wait for something."""


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

    workers = Workers(ThreadPoolExecutor(_THREADS, "request"))
    interface: list[BaseRoute] = [starlette_route(route, context, workers) for route in routes]
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
        lifespan=lambda _: _living(live, poll, alongside(), workers.threads),
    )
    app.router.redirect_slashes = False  # it would redirect to an absolute URL, without the prefix of a proxy
    return app


@asynccontextmanager
async def _living(
    live: Live, poll: Callable[[], object], alongside: AbstractContextManager[None], threads: Executor
) -> AsyncGenerator[None]:
    """Send the clients what changed while the application lives.

    Args:
        live: the clients.
        poll: as of `assemble`.
        alongside: is entered meanwhile.
        threads: where requests are served; those that still are when the application ends are not waited for.
    """
    live.start()
    follower = asyncio.create_task(_follow(live, poll, threads))
    try:
        with alongside:
            yield
    finally:
        follower.cancel()
        await asyncio.gather(follower, return_exceptions=True)
        live.stop()
        threads.shutdown(wait=False, cancel_futures=True)


async def _follow(live: Live, poll: Callable[[], object], threads: Executor) -> None:
    """Call `poll` while somebody listens.

    Args:
        live: the clients.
        poll: as of `assemble`.
        threads: one of which calls it.
    """
    while True:
        await asyncio.sleep(_POLL_SECONDS)
        if live.clients:
            with suppress(RcmvaeError):  # the next request reports what is wrong with the store
                await asyncio.get_running_loop().run_in_executor(threads, poll)
