"""Serves the page: its template, and the files beside it, of which there are few and none is secret."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from rcmvae_core.explore.server.errors import UNKNOWN, refuse, reply_of

FOLDER = Path(__file__).parents[1] / "page"
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".json": "application/json",
}
"""The content types; the tables of a system may name others, which browsers refuse for modules."""
_HEADERS = {"Cache-Control": "no-cache"}


def render_page(values: Mapping[str, Any]) -> HTMLResponse:
    """Return the page.

    Args:
        values: of its template.
    """
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    return HTMLResponse(environment.get_template("index.html").render(values), headers=_HEADERS)


async def file_endpoint(request: Request) -> Response:
    """Return a file beside the page, of those that are there now: a path never leads anywhere else."""
    names = {path.relative_to(FOLDER).as_posix(): path for path in FOLDER.rglob("*") if path.suffix in _TYPES}
    path = names.get(request.path_params["path"])
    if path is None:
        return reply_of(refuse(UNKNOWN, "this path does not exist"))
    return Response(path.read_bytes(), media_type=_TYPES[path.suffix], headers=_HEADERS)
