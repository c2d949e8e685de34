"""Serves the session, the models and what a script keeps for itself."""

from __future__ import annotations

from typing import Any

from rcmvae_core.explore.model_services import projection_rows
from rcmvae_core.explore.pictures import picture_size
from rcmvae_core.explore.server.context import Context
from rcmvae_core.explore.server.fields import Text, Whole
from rcmvae_core.explore.server.objects import Many
from rcmvae_core.explore.server.route import Route, get, post

MOST_INDICES = 2_000_000
INDICES = Many(Whole(), MOST_INDICES)
"""Of inputs; the body is bounded besides."""
_NAME = Text(100)


def _session(context: Context) -> dict[str, Any]:
    trained = context.workspace.models().trained
    found = context.workspace.session(projection_rows(trained.resolved))
    # The size of the cells of a sheet, in which large pictures are drawn smaller.
    inputs = found["inputs"] | {"picture": picture_size(trained.info)}
    return found | {"inputs": inputs, "instance": context.instance}


def _models(context: Context) -> list[Any]:
    return context.workspace.model_rows()


def _show(context: Context, number: int) -> dict[str, Any]:
    context.workspace.show(number)
    return {"model": context.workspace.models.current}


def _select(context: Context, name: str, indices: list[int]) -> dict[str, Any]:
    context.select(name, context.indices(indices))
    return {"name": name, "count": len(indices)}


def _selection(context: Context, name: str) -> dict[str, Any]:
    return {"name": name, "indices": context.selection(name)}


ROUTES: tuple[Route, ...] = (
    get("session", "The run, its data, models, classes, columns, and what can be requested.", _session),
    get("models", "Every model: the run is number 0, and each training adds one.", _models),
    post(
        "models/current",
        "Show another model on every page.",
        _show,
        body={"number": Whole()},
        writes=True,
        place="batch",
    ),
    post(
        "selections",
        "Keep a selection of inputs under a name, in memory.",
        _select,
        body={"name": _NAME, "indices": Many(Whole(), MOST_INDICES, least=0)},
    ),
    get("selections/{name}", "A selection that was kept.", _selection, parts={"name": _NAME}),
)
