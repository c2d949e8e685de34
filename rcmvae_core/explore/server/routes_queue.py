"""Serves suggestions of what to label next, and the inputs that are not asked again."""

from __future__ import annotations

from typing import Any

from rcmvae_core.explore.server.context import Context
from rcmvae_core.explore.server.fields import Choice, Text, Whole
from rcmvae_core.explore.server.objects import Maybe, Settings
from rcmvae_core.explore.server.route import Route, get, post
from rcmvae_core.explore.server.routes_session import INDICES

_MOST = 1000
_SKIPS = "queue/skips"


def _make(
    context: Context,
    *,
    acquisition: str,
    parameters: dict[str, Any],
    count: int,
    seed: int,
    model: int | None,
) -> dict[str, Any]:
    return context.workspace.queue.make(acquisition, parameters, count=count, seed=seed, model=model)


def _get(context: Context, id: str) -> dict[str, Any]:  # noqa: A002 - the name in the path
    return context.workspace.queue.get(id)


def _skip(context: Context, indices: list[int], reason: str) -> dict[str, Any]:
    return _announced(context, context.workspace.queue.skips.add(context.indices(indices), reason))


def _unskip(context: Context, indices: list[int]) -> dict[str, Any]:
    return _announced(context, context.workspace.queue.skips.clear(context.indices(indices)))


def _announced(context: Context, skips: dict[str, Any]) -> dict[str, Any]:
    """Tell every page that other inputs are skipped, and return which."""
    context.live.send({"type": "queue"})
    return skips


def _skips(context: Context) -> dict[str, Any]:
    return context.workspace.queue.skips.rows()


ROUTES: tuple[Route, ...] = (
    post(
        "queue",
        "Choose inputs to label next, the most useful first, and say why each one is asked.",
        _make,
        body={
            "acquisition": Text(100),
            "parameters": Maybe(Settings(), {}),
            "count": Maybe(Whole(1, _MOST), 20),
            "seed": Maybe(Whole(), 0),
            "model": Maybe(Whole()),
        },
        place="batch",
    ),
    get(_SKIPS, "The inputs that are not asked again.", _skips),
    post(
        _SKIPS,
        "Ask some inputs no more.",
        _skip,
        body={"indices": INDICES, "reason": Maybe(Choice(("skip", "cannot_tell")), "skip")},
    ),
    post("queue/skips/clear", "Ask some inputs again.", _unskip, body={"indices": INDICES}),
    get("queue/{id}", "A queue, and what has become of it.", _get, parts={"id": Text(100)}),
)
