"""Serves what a model says about all inputs: columns, maps, channels, accuracies, and what changed between two models."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from rcmvae_core.explore.projections import Plane
from rcmvae_core.explore.score_histogram import score_histogram
from rcmvae_core.explore.server.context import Context
from rcmvae_core.explore.server.errors import UNKNOWN, refuse
from rcmvae_core.explore.server.fields import Field, Number, Text, Whole
from rcmvae_core.explore.server.objects import Maybe
from rcmvae_core.explore.server.replies import COLUMN_TYPE, Column
from rcmvae_core.explore.server.route import Route, get

MODEL = {"m": Whole()}
REVISION: dict[str, Field] = {"labels": Maybe(Whole())}
"""The revision of the labels; absent, the current one."""
VERSION: dict[str, Field] = {
    "v": Maybe(Text(40, about="`instance` of the session: the reply may be kept forever"))
}
_NAME = Text(100)
_DATA, _LABELS = (
    ("split", "target"),
    (
        "label",
        "prediction",
        "confidence",
        "entropy",
        "aleatoric",
        "epistemic",
    ),
)
_SUMMARY = "One number for each input, as a little-endian array."
_MAP = "Where every input lies, as pairs of float32."


def _column(context: Context, m: int, name: str, labels: int | None, v: str | None) -> Column:
    return _sent(context, _array(context, m, name, labels), v, f"{m}-{labels}-{name}")


def _array(context: Context, m: int, name: str, labels: int | None) -> np.ndarray:
    if name in _DATA:
        return context.workspace.column(name)
    if name not in _LABELS:
        return context.model(m).column(name)
    if labels is None:
        raise refuse("E490", f"`labels` is missing: the column `{name}` depends on the labels")
    return context.view(m, labels).column(name)


def _sent(context: Context, array: np.ndarray, version: str | None, key: str) -> Column:
    """Return a column that a browser may keep, forever if its address names this process.

    Args:
        context: of the server.
        array: the numbers.
        version: what the request says that this process is.
        key: what the array depends on.
    """
    return Column(array, f"{context.instance}-{key}", version == context.instance)


def _projection(context: Context, m: int, name: str) -> dict[str, Any]:
    projected = context.services(m).projected(name)
    planes = projected.channels
    return {
        "name": name,
        "map": {
            "axes": projected.map.axes,
            "invertible": projected.map.invertible,
            "reason": projected.map.reason or None,
        },
        "channels": {
            "axes": [plane.axes for plane in planes],
            "invertible": any(plane.invertible for plane in planes),
            "reasons": [plane.reason or None for plane in planes],
        },
        "reason": _reason(projected.map, planes),
    }


def _reason(whole: Plane, planes: tuple[Plane, ...]) -> str | None:
    """Return why a projection draws nothing: neither a map nor the plane of any channel."""
    reasons = [plane.reason for plane in planes]
    if not whole.reason or not all(reasons):
        return None
    # That of the channels speaks of the latent; the map joins it with q(c|x), which nobody has chosen.
    return Counter(reasons).most_common(1)[0][0] if reasons else whole.reason


def _map(context: Context, m: int, name: str, v: str | None) -> Column:
    places = context.services(m).projected(name).map_places
    return _sent(context, places.astype(np.float32), v, f"{m}-{name}-map")


def _planes(context: Context, m: int, name: str, v: str | None) -> Column:
    places = context.services(m).projected(name).channel_places
    return _sent(context, places.astype(np.float32), v, f"{m}-{name}-channels")


def _channels(context: Context, m: int, labels: int | None) -> list[Any]:
    return context.workspace.channel_rows(m, labels)


def _summary(context: Context, m: int, labels: int | None) -> dict[str, Any]:
    return context.workspace.summary(m, labels)


def _claims(context: Context, m: int, labels: int | None) -> list[Any]:
    return context.workspace.claims(m, labels)


def _compare(context: Context, m: int, m2: int, labels: int | None) -> dict[str, Any]:
    return context.workspace.compare(m, m2, labels)


def _core(context: Context, m: int, channel: int, share: float) -> dict[str, Any]:
    return {"indices": context.workspace.core(m, channel, share).tolist()}


def _histogram(context: Context, m: int, name: str, bins: int) -> dict[str, Any]:
    model = context.model(m)
    scores = model.scores
    if name not in scores:
        raise refuse(UNKNOWN, "the model has no score of this name", help_=["see `scores` of the session"])
    training = model.trained.ood_scorer.training_scores[name]
    return score_histogram(np.asarray(training), np.asarray(scores[name]), bins=bins)._asdict()


ROUTES: tuple[Route, ...] = (
    get(
        "models/{m}/columns/{name:path}",
        _SUMMARY,
        _column,
        parts=MODEL | {"name": _NAME},
        query=REVISION | VERSION,
        returns=COLUMN_TYPE,
    ),
    get(
        "models/{m}/projections/{name}",
        "The axes of a projection, and whether its places can be decoded.",
        _projection,
        parts=MODEL | {"name": _NAME},
    ),
    get(
        "models/{m}/projections/{name}/map",
        _MAP,
        _map,
        parts=MODEL | {"name": _NAME},
        query=VERSION,
        returns=COLUMN_TYPE,
    ),
    get(
        "models/{m}/projections/{name}/channels",
        "Where every input lies in the plane of its most responsible channel, as pairs of float32.",
        _planes,
        parts=MODEL | {"name": _NAME},
        query=VERSION,
        returns=COLUMN_TYPE,
    ),
    get("models/{m}/channels", "Every channel with its usage and τ.", _channels, parts=MODEL, query=REVISION),
    get("models/{m}/summary", "Accuracies and labels.", _summary, parts=MODEL, query=REVISION),
    get(
        "models/{m}/claims",
        "The channels that new classes would claim.",
        _claims,
        parts=MODEL,
        query=REVISION,
    ),
    get(
        "models/{m}/core",
        "The share of a channel's inputs with the highest q(c|x), the highest first.",
        _core,
        parts=MODEL,
        query={"channel": Whole(0, 9999), "share": Number(0, 1)},
    ),
    get(
        "models/{m}/compare/{m2}",
        "What two models predict differently.",
        _compare,
        parts=MODEL | {"m2": Whole()},
        query=REVISION,
        place="batch",
    ),
    get(
        "models/{m}/scores/{name}/histogram",
        "How often each value of a score occurs, among training inputs and among all.",
        _histogram,
        parts=MODEL | {"name": _NAME},
        query={"bins": Maybe(Whole(1, 500), 60)},
    ),
)
