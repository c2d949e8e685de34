"""Serves single inputs: what they are, how they look, and what a model says about one."""

from __future__ import annotations

from typing import Any

import numpy as np

from rcmvae_core.data.inputs import read_rows
from rcmvae_core.explore.decoding import chosen
from rcmvae_core.explore.explored_data import SPLITS
from rcmvae_core.explore.input_detail import likely_channels, model_detail, number
from rcmvae_core.explore.neighbours import nearest
from rcmvae_core.explore.pictures import draw_sheet, has_pictures
from rcmvae_core.explore.row_features import row_features
from rcmvae_core.explore.server.context import Context
from rcmvae_core.explore.server.decoded import decoded_reply, picture_of, values_of
from rcmvae_core.explore.server.errors import UNKNOWN, refuse
from rcmvae_core.explore.server.fields import Whole
from rcmvae_core.explore.server.objects import Many, Maybe
from rcmvae_core.explore.server.replies import Picture, Reply
from rcmvae_core.explore.server.route import Route, get
from rcmvae_core.explore.server.routes_models import MODEL, REVISION

INPUT = {"i": Whole()}
DECODED = "image/png or application/json"
_NEIGHBOURS = 12
_SHEET = Many(Whole(), 256)


def _input(context: Context, i: int) -> dict[str, Any]:
    workspace, data, index = context.workspace, context.workspace.data, context.index(i)
    names = data.loaded.names
    return {
        "index": index,
        "item": data.items.items.at(index),
        "name": names[index] if len(names) else None,
        "split": SPLITS[int(data.split_codes[index])],
        "target": int(data.targets[index]),
        "label": int(workspace.view().labels[index]),
        "features": _features(context, index),
        "history": workspace.labels.history(index),
    }


def _features(context: Context, index: int) -> list[dict[str, Any]] | None:
    """Return the cells of a row of a table, the most unusual first; None for other inputs."""
    info = context.workspace.models(0).trained.info
    if info.columns is None:
        return None
    row = np.asarray(read_rows(context.workspace.data.dataset, np.array([index]))[0])
    found = row_features(row, info.columns, context.moments)
    return [{"name": each.name, "value": each.value, "z": number(each.z)} for each in found]


def _pictures(context: Context, indices: list[int], columns: int | None) -> Picture:
    info = context.workspace.models(0).trained.info
    if not has_pictures(info):
        raise refuse(
            UNKNOWN, "inputs of this run are no pictures", help_=["`GET inputs/values` has their values"]
        )
    rows = read_rows(context.workspace.data.dataset, np.array(context.indices(indices)))
    return picture_of(draw_sheet(np.asarray(rows), info, columns))


def _values(context: Context, indices: list[int]) -> dict[str, Any]:
    rows = read_rows(context.workspace.data.dataset, np.array(context.indices(indices)))
    return values_of(np.asarray(rows), context.workspace.models(0).trained.info.columns)


def _detail(context: Context, m: int, i: int, labels: int | None) -> dict[str, Any]:
    index, view = context.index(i), context.view(m, labels)
    neighbours = nearest(context.services(m).space, index, _NEIGHBOURS)
    seeds = [p[index] for p in view.seed_probabilities]
    return model_detail(view.model, index, view.taus, neighbours, probabilities=seeds)


def _reconstructions(context: Context, m: int, i: int, channels: list[int] | None) -> Reply:
    index, services = context.index(i), context.services(m)
    shown = channels
    if shown is None:
        shown = likely_channels(services.model.responsibilities[index]).tolist()
    raw = np.asarray(read_rows(context.workspace.data.dataset, np.array([index]))[0])
    parts = services.decoder.reconstruct(raw)
    return decoded_reply(context, chosen(parts, shown), channels=shown)


ROUTES: tuple[Route, ...] = (
    get(
        "inputs/pictures",
        "Pictures of inputs in one sheet, row by row.",
        _pictures,
        query={"indices": _SHEET, "columns": Maybe(Whole(1, 256))},
        returns="image/png",
    ),
    get(
        "inputs/values",
        "The values of inputs, in the units of the data.",
        _values,
        query={"indices": _SHEET},
    ),
    get("inputs/{i}", "An input and the history of its labels.", _input, parts=INPUT),
    get(
        "models/{m}/inputs/{i}",
        "What a model says about an input, step by step.",
        _detail,
        parts=MODEL | INPUT,
        query=REVISION,
        place="glance",
    ),
    get(
        "models/{m}/inputs/{i}/reconstructions",
        "An input's reconstructions: by the selected channels, weighted, then by each channel.",
        _reconstructions,
        parts=MODEL | INPUT,
        query={"channels": Maybe(Many(Whole(0, 9999), 254))},
        returns=DECODED,
        place="glance",
    ),
)
