"""Defines a route of the interface, and makes Starlette's route of it.

The table of routes is also what the OpenAPI document is made of, so that the two cannot differ.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any, Literal

import attrs
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute

from rcmvae_core.explore.server.bodies import (
    BYTES_TYPE,
    JSON_TYPE,
    MOST_JSON,
    MOST_UPLOAD,
    parse_json,
    read_body,
)
from rcmvae_core.explore.server.errors import MALFORMED, READ_ONLY, UNKNOWN, HttpError, refuse, reply_of
from rcmvae_core.explore.server.fields import Field
from rcmvae_core.explore.server.objects import MalformedError, read_fields
from rcmvae_core.explore.server.replies import Reply, to_response

NO_FIELDS: Mapping[str, Field] = {}
Place = Literal["thread", "glance", "batch"]


@attrs.frozen
class Route:
    """A path with a method, and the function that serves it.

    Args:
        method: of HTTP.
        path: below `api/v1/`, with the names of its values in braces.
        summary: what it returns or does, in one sentence.
        serve: is called with the context and with every value by its name; runs in a thread.
        parts: the values in the path; one that cannot be read is an unknown path.
        query: the values behind the question mark.
        body: the fields of the JSON object that a POST sends; None if it sends bytes.
        returns: what the reply is, for the document: a JSON Schema, or a content type.
        status: of the reply.
        writes: whether `--read-only` refuses it.
        place: what it waits for: nothing, or the other glances or batches, which run one at a time. What somebody glances at
            is left out if they have looked away before its turn.
    """

    method: Literal["GET", "POST"]
    path: str
    summary: str
    serve: Callable[..., Reply | Response]
    parts: Mapping[str, Field] = attrs.field(kw_only=True, default=NO_FIELDS)
    query: Mapping[str, Field] = attrs.field(kw_only=True, default=NO_FIELDS)
    body: Mapping[str, Field] | None = attrs.field(kw_only=True, default=NO_FIELDS)
    returns: str = attrs.field(kw_only=True, default=JSON_TYPE)
    status: int = attrs.field(kw_only=True, default=200)
    writes: bool = attrs.field(kw_only=True, default=False)
    place: Place = attrs.field(kw_only=True, default="thread")


def get(path: str, summary: str, serve: Callable[..., Reply | Response], **others: Any) -> Route:
    """Return a route that reads.

    Args:
        path: as of a `Route`.
        summary: as of a `Route`.
        serve: as of a `Route`.
        **others: as of a `Route`.
    """
    return Route("GET", path, summary, serve, **others)


def post(path: str, summary: str, serve: Callable[..., Reply | Response], **others: Any) -> Route:
    """Return a route that changes something.

    Args:
        path: as of a `Route`.
        summary: as of a `Route`.
        serve: as of a `Route`.
        **others: as of a `Route`.
    """
    return Route("POST", path, summary, serve, **others)


@attrs.frozen
class Workers:
    """Where requests are served.

    Args:
        threads: serve them.
        turns: of glances and of batches.
    """

    threads: Executor
    turns: Mapping[str, asyncio.Lock] = attrs.field(
        factory=lambda: {"glance": asyncio.Lock(), "batch": asyncio.Lock()}
    )

    async def run(self, work: Callable[[], Response]) -> Response:
        """Do work in a thread; a request that is cancelled does not wait for it."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)


def starlette_route(route: Route, context: Any, workers: Workers) -> StarletteRoute:
    """Return the route of Starlette.

    Args:
        route: of the table.
        context: is passed to its function; has `read_only`.
        workers: where it is served.

    Returns:
        The route, whose every reply is JSON, bytes, or an error that says what is wrong.
    """

    async def endpoint(request: Request) -> Response:
        try:
            _check_writes(route, read_only=context.read_only)
            known = request.headers.get("if-none-match", "")
            work = _Work(route, context, _texts(route, request), await _body(route, request), known)
            if route.place == "thread":
                return await workers.run(work)
            async with workers.turns[route.place]:
                if await request.is_disconnected():
                    return Response(status_code=204)
                return await workers.run(work)
        except Exception as error:  # noqa: BLE001 - the last resort, which prints what it does not know
            return reply_of(error)

    return StarletteRoute(f"/{route.path}", endpoint, methods=[route.method])


def _check_writes(route: Route, *, read_only: bool) -> None:
    if route.writes and read_only:
        help_ = ["start `rcmvae explore` without --read-only"]
        raise refuse(READ_ONLY, "this server only reads", help_=help_)


@attrs.frozen
class _Work:
    """What a thread does for a request."""

    route: Route
    context: Any
    values: Mapping[str, Any]
    body: bytes | None
    known: str

    def __call__(self) -> Response:
        reply = self.route.serve(self.context, **self.values, **self._of_body())
        return reply if isinstance(reply, Response) else to_response(reply, self.route.status, self.known)

    def _of_body(self) -> dict[str, Any]:
        if self.body is None:
            return {}
        if self.route.body is None:
            return {"content": self.body}
        try:
            return read_fields(self.route.body, parse_json(self.body))
        except MalformedError as error:
            raise refuse_all(error) from None


def _texts(route: Route, request: Request) -> dict[str, Any]:
    """Return the values of the path and the query."""
    try:
        parts = read_fields(route.parts, request.path_params, is_text=True)
    except MalformedError as error:
        raise refuse(UNKNOWN, f"this path does not exist: {error}") from None
    pairs = request.query_params.multi_items()
    try:
        return parts | _query(route, pairs)
    except MalformedError as error:
        raise refuse_all(error) from None


async def _body(route: Route, request: Request) -> bytes | None:
    """Return the body of a POST."""
    if route.method == "GET":
        return None
    if route.body is None:
        return await read_body(request, MOST_UPLOAD, BYTES_TYPE)
    return await read_body(request, MOST_JSON, JSON_TYPE)


def _query(route: Route, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    query = dict(pairs)
    if len(query) != len(pairs):
        raise MalformedError(["a parameter is there twice"])
    return read_fields(route.query, query, is_text=True)


def refuse_all(error: MalformedError) -> HttpError:
    """Return the refusal of every value that cannot be read."""
    first = refuse(MALFORMED, error.messages[0])
    others = [refuse(MALFORMED, each).diagnostics[0] for each in error.messages[1:]]
    return HttpError(first.status, [*first.diagnostics, *others])
