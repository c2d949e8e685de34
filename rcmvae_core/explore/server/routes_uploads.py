"""Serves pictures that were dropped on the page: what the model makes of them, without labelling them."""

from __future__ import annotations

from typing import Any

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.explore.input_detail import numbers
from rcmvae_core.explore.server.context import Context
from rcmvae_core.explore.server.errors import UNKNOWN, refuse
from rcmvae_core.explore.server.fields import Text, Whole
from rcmvae_core.explore.server.objects import Maybe
from rcmvae_core.explore.server.replies import Picture
from rcmvae_core.explore.server.route import Route, get, post
from rcmvae_core.explore.uploads import describe_upload


def _upload(
    context: Context, content: bytes, name: str, projection: str | None, model: int | None
) -> dict[str, Any]:
    view = context.workspace.view(model)
    trained = view.model.trained
    upload = context.uploads.add(content, name, trained)
    described, stats = describe_upload(trained, upload, view.taus)
    if projection is None:
        return described | {"position": None}
    return described | {"position": _position(context, view.model.number, projection, stats[0])}


def _position(context: Context, number: int, projection: str, stats: Any) -> dict[str, Any]:
    """Return where an upload lies.

    Args:
        context: of the server.
        number: of the model.
        projection: its name.
        stats: of the upload, by the first seed.
    """
    services = context.services(number)
    projected = services.projected(projection)
    placed = projected.place(services.latents(stats))
    channel = int(placed.channels[0])
    has_plane = not projected.channels[channel].reason
    return {
        "map": None if projected.map.reason else numbers(placed.map[0]),
        "channel": channel,
        "plane": numbers(placed.planes[0]) if has_plane else None,
    }


def _picture(context: Context, id: str) -> Picture:  # noqa: A002 - the name in the path
    try:
        return Picture(context.uploads.get(id).png)
    except RcmvaeError as error:
        message, help_ = error.diagnostics[0].message, error.diagnostics[0].help
        raise refuse(UNKNOWN, message, help_=help_) from None


ROUTES: tuple[Route, ...] = (
    post(
        "uploads",
        "Predict a picture file that is not in the data set.",
        _upload,
        query={"name": Maybe(Text(500), "picture"), "projection": Maybe(Text(100)), "model": Maybe(Whole())},
        body=None,
        place="glance",
    ),
    get(
        "uploads/{id}/picture",
        "An uploaded picture as the model sees it.",
        _picture,
        parts={"id": Text(40)},
        returns="image/png",
    ),
)
