"""Turns diagnostics and refusals into replies; every error has the same form."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.runtime.printable import printable_lines

MALFORMED, UNAUTHORISED, REFUSED, UNKNOWN, TOO_LARGE, FAILED = "E490", "E491", "E492", "E493", "E494", "E495"
READ_ONLY = "E486"
_NOT_ALLOWED = 405
STATUS = {
    MALFORMED: 422,
    UNAUTHORISED: 401,
    REFUSED: 403,
    UNKNOWN: 404,
    TOO_LARGE: 413,
    FAILED: 500,
    "E484": 422,
    "E485": 404,
    READ_ONLY: 403,
    "E487": 409,
    "E604": 404,
    "E607": 422,
    "E609": 409,
    "E610": 409,
}
"""The status of the codes that are not answered by 400."""


class HttpError(Exception):
    """A refusal with a status of its own."""

    def __init__(self, status: int, diagnostics: Iterable[Diagnostic]) -> None:
        self.status, self.diagnostics = status, tuple(diagnostics)
        super().__init__(status)


def refuse(code: str, message: str, *, help_: Iterable[str] = ()) -> HttpError:
    """Return the exception of a code of the interface.

    Args:
        code: one of those above.
        message: as of a `Diagnostic`.
        help_: as of a `Diagnostic`.

    Returns:
        The exception, to be raised.
    """
    return HttpError(STATUS[code], [Diagnostic(code, message, help=tuple(help_))])


def error_reply(
    status: int, diagnostics: Iterable[Diagnostic], headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return a reply that lists diagnostics.

    Args:
        status: of the reply.
        diagnostics: what is wrong.
        headers: further headers.

    Returns:
        The reply.
    """
    errors = [{"code": each.code, "message": each.message, "help": list(each.help)} for each in diagnostics]
    return JSONResponse({"errors": errors}, status, headers={"Cache-Control": "no-store", **(headers or {})})


def reply_of(error: Exception) -> JSONResponse:
    """Return the reply that says what an exception means."""
    if isinstance(error, HttpError):
        # What a client still sends of a body that is too large is not read either.
        headers = {"Connection": "close"} if error.status == STATUS[TOO_LARGE] else None
        return error_reply(error.status, error.diagnostics, headers)
    if isinstance(error, RcmvaeError):
        statuses = {STATUS.get(each.code, 400) for each in error.diagnostics}
        return error_reply(statuses.pop() if len(statuses) == 1 else 400, error.diagnostics)
    if isinstance(error, HTTPException):
        return _reply_of_routing(error)
    sys.stderr.write(printable_lines("".join(traceback.format_exception(error))))
    message = "the server failed at this request; its terminal has the traceback, and it serves the next one"
    return error_reply(500, [Diagnostic(FAILED, message, help=["report it with the traceback"])])


async def handle(_: Request, error: Exception) -> JSONResponse:
    """Reply to an exception that a route or the routing has raised."""
    return reply_of(error)


def _reply_of_routing(error: HTTPException) -> JSONResponse:
    """Return the reply to a request that has no route."""
    is_method = error.status_code == _NOT_ALLOWED
    message = "this path has no such method" if is_method else "this path does not exist"
    diagnostic = Diagnostic(UNKNOWN, message, help=["`api/v1/openapi.json` lists the paths"])
    return error_reply(error.status_code, [diagnostic], error.headers)
