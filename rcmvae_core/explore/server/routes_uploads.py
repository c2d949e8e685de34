"""Serves pictures that were dropped on the page: what the model makes of them, without labelling them."""

from __future__ import annotations

from typing import Any

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.explore.server.context import Context
from rcmvae_core.explore.server.errors import UNKNOWN, refuse
from rcmvae_core.explore.server.fields import Text, Whole
from rcmvae_core.explore.server.objects import Maybe
from rcmvae_core.explore.server.replies import Picture
from rcmvae_core.explore.server.route import Route, get, post
from rcmvae_core.explore.uploads import describe_upload, position


def _upload(
    context: Context, content: bytes, name: str, projection: str | None, model: int | None
) -> dict[str, Any]:
    view = context.workspace.view(model)
    trained = view.model.trained
    upload = context.uploads.add(content, name, trained)
    described, stats = describe_upload(trained, upload, view.taus)
    if projection is None:
        return described | {"position": None}
    services = context.services(view.model.number)
    return described | {"position": position(services.projected(projection), services.latents(stats[0]))}


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
