"""Serves the training of a further model, in a process of its own."""

from __future__ import annotations

from typing import Any

from rcmvae_core.explore.server.context import Context
from rcmvae_core.explore.server.fields import Flag, Whole
from rcmvae_core.explore.server.objects import Maybe
from rcmvae_core.explore.server.route import Route, get, post

_MOST_EPOCHS = 1_000_000


def _status(context: Context) -> dict[str, Any]:
    return context.workspace.training.status()


def _start(context: Context, epochs: int | None, *, warm_start: bool) -> dict[str, Any]:
    return context.workspace.training.start(epochs=epochs, warm_start=warm_start)


def _stop(context: Context) -> dict[str, Any]:
    return context.workspace.training.stop()


ROUTES: tuple[Route, ...] = (
    get("training", "What the training does: its state, curves and last lines.", _status),
    post(
        "training",
        "Train a model with the current labels; when it is done, every page shows it.",
        _start,
        body={"epochs": Maybe(Whole(1, _MOST_EPOCHS)), "warm_start": Maybe(Flag(), default=True)},
        status=202,
        writes=True,
    ),
    post("training/stop", "Stop the training; it saves a checkpoint first.", _stop, writes=True),
)
