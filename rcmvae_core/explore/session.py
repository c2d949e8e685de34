"""Describes a workspace to the page: its data, models, classes, columns and what requests may name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from rcmvae_core.explore.explored_data import SPLITS, ExploredData
from rcmvae_core.explore.explored_model import ExploredModel, TrainedOn
from rcmvae_core.explore.label_view import Accuracy, LabelView
from rcmvae_core.explore.labelling import Labelling
from rcmvae_core.explore.live_parts import acquisition_rows
from rcmvae_core.explore.model_list import ModelList
from rcmvae_core.explore.pictures import picture_size
from rcmvae_core.explore.queue import default_acquisition
from rcmvae_core.explore.trained_models import ModelEntry
from rcmvae_core.inference.model_info import ModelInfo
from rcmvae_core.inference.trained_model import TrainedModel
from rcmvae_core.training.class_channels import own_channels

VERSION = 1
"""Of the interface."""
_NATS = "nats"
Row = dict[str, Any]


class Explored(NamedTuple):
    """What a session is about.

    Args:
        data: the data set.
        labels: the label store.
        models: the models.
        view: the predictions of the model that is shown, with the current labels.
        accuracy: returns the accuracy of a model on held-out inputs; None if it is not known.
    """

    data: ExploredData
    labels: Labelling
    models: ModelList
    view: LabelView
    accuracy: Callable[[int], Accuracy | None]


def session(explored: Explored, projections: Sequence[Row] = ()) -> Row:
    """Return the content of `GET session`.

    Args:
        explored: the run.
        projections: rows of the projections, which come from elsewhere.

    Returns:
        Plain values.
    """
    data, labels, model = explored.data, explored.labels, explored.view.model
    trained = model.trained
    context = trained.info.context
    return {
        "version": VERSION,
        "name": trained.name,
        "read_only": labels.read_only,
        "annotator": labels.annotator,
        "can_label": not labels.read_only,
        "why_not_label": "the page was started with --read-only" if labels.read_only else None,
        "inputs": _inputs(data, trained.info),
        "splits": {name: int((data.split_codes == code).sum()) for code, name in enumerate(SPLITS)},
        "channels": context.channels,
        "dim": context.dim,
        "layout": context.layout,
        "seeds": list(trained.seeds),
        "heteroscedastic": bool(np.isfinite(model.sigma).any()),
        "model": model.number,
        "label_revision": labels.revision,
        "models": model_rows(explored.models, explored.accuracy),
        "classes": labels.classes(),
        "columns": column_rows(data, model),
        "projections": list(projections),
        "acquisitions": acquisition_rows(),
        "default_acquisition": default_acquisition(explored.view),
        "scores": score_rows(trained),
        "has_targets": bool((data.targets >= 0).any()),
    }


def _inputs(data: ExploredData, info: ModelInfo) -> Row:
    return {
        "count": data.count,
        "kind": data.kind,
        "shape": list(info.context.input_shape),
        "features": list(data.features),
        "picture": picture_size(info),
        "names": bool(len(data.loaded.names)),
    }


def model_rows(models: ModelList, accuracy: Callable[[int], Accuracy | None]) -> list[Row]:
    """Return every model, with its accuracy where that is known."""
    return [_model_row(entry, models.facts(entry.number), accuracy(entry.number)) for entry in models.entries]


def _model_row(entry: ModelEntry, facts: TrainedOn, accuracy: Accuracy | None) -> Row:
    return {
        "number": entry.number,
        "name": entry.path.resolve().name,
        "path_name": entry.path.resolve().name,
        "label_revision": facts.label_revision,
        "epochs": facts.epochs,
        "parent": entry.parent,
        "accuracy": {
            "held_out": None if accuracy is None else accuracy.accuracy,
            "of": 0 if accuracy is None else accuracy.of,
        },
    }


def summary(view: LabelView) -> Row:
    """Return accuracies and labels; `milliseconds` is how long the classifier took to rebuild and predict."""
    held_out, target = view.held_out, view.target
    counts = np.bincount(view.labels + 1, minlength=len(view.class_names) + 1)[1:]
    return {
        "held_out": {
            "correct": held_out.correct,
            "of": held_out.of,
            "accuracy": held_out.accuracy,
            "balanced": held_out.balanced,
        },
        "target": None if target is None else {"accuracy": target.accuracy, "of": target.of},
        "labelled": view.labelled,
        "by_class": [{"id": number, "labels": count} for number, count in enumerate(counts.tolist())],
        "milliseconds": view.milliseconds,
    }


def channel_rows(view: LabelView) -> list[Row]:
    """Return a row for each channel of a model; a channel owns the class whose τ is above one half."""
    model, classes = view.model, dict[int, list[int]]()
    for number, channels in own_channels(view.tau).items():
        for channel in channels:
            classes.setdefault(channel, []).append(number)
    return [
        {
            "channel": channel,
            "usage": float(model.usage[channel]),
            "active": bool(model.active[channel]),
            "count": int(model.counts[channel]),
            "tau": view.tau[channel].tolist(),
            "classes": classes.get(channel, []),
            "evidence": None if view.evidence is None else view.evidence[channel].tolist(),
        }
        for channel in range(model.channel_count)
    ]


def score_rows(trained: TrainedModel) -> list[Row]:
    """Return the scores of a model, and which one decides what is out-of-distribution."""
    scorer, parts = trained.ood_scorer, trained.resolved.parts.get("score", ())
    return [
        {
            "name": part.name,
            "title": _title(part.name),
            "description": part.registered.plugin.summary,
            "decides": part.name == scorer.deciding,
        }
        for part in parts
        if part.name in scorer.plugins
    ]


def column_rows(data: ExploredData, model: ExploredModel) -> list[Row]:
    """Return the columns of the page, in the order in which it lists them."""
    names = list(data.loaded.class_names)
    rows = [
        _row("split", "data", "What the run uses the input for.", categories=list(SPLITS)),
        _row("target", "data", "The data set's own label.", categories=names),
        _row("channel", "model", "The most responsible channel.", category=True),
        _row("usage", "model", "The share of all inputs that the input's channel is responsible for."),
        _row("sigma", "model", "The standard deviation that the model expects of the input's values."),
        _row("reconstruction_error", "model", "Root of the mean squared error of the reconstruction."),
        _row("ood", "model", "Whether the input is unlike the training data.", categories=["no", "yes"]),
        _row("label", "labels", "The label that somebody gave the input.", category=True),
        _row("prediction", "labels", "The most probable class.", category=True),
        _row("confidence", "labels", "The probability of the most probable class."),
        _row("entropy", "labels", "How uncertain the predicted class is.", _NATS),
        _row("aleatoric", "labels", "The uncertainty that remains if the channel is known.", _NATS),
        _row("epistemic", "labels", "How much the seeds disagree about the class.", _NATS),
    ]
    has_sigma = bool(np.isfinite(model.sigma).any())
    has_targets = bool((data.targets >= 0).any())
    left_out = {name for name, has in (("sigma", has_sigma), ("target", has_targets)) if not has}
    scores = [
        _row(f"score/{row['name']}", "model", row["description"], title=row["title"])
        for row in score_rows(model.trained)
    ]
    return [row for row in rows if row["name"] not in left_out] + scores


def _row(
    name: str,
    scope: str,
    description: str,
    unit: str | None = None,
    *,
    title: str = "",
    categories: list[str] | None = None,
    category: bool = False,
) -> Row:
    """Return a row of a column; `categories` are None for classes and channels, which have ids."""
    return {
        "name": name,
        "title": title or _title(name),
        "type": "category" if category or categories is not None else "number",
        "scope": scope,
        "description": description,
        "unit": unit,
        "categories": categories,
    }


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
