"""How good a trained model is on held-out data: its predictions, its probabilities, and what it takes for foreign."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core import metrics
from rcmvae_core.diagnostics import Diagnostics
from rcmvae_core.inference.predictions import Predictions
from rcmvae_core.inference.reference import Rows
from rcmvae_core.inference.scores import QUANTILE
from rcmvae_core.protocols import Dataset

if TYPE_CHECKING:
    from rcmvae_core.inference.trained import TrainedModel


class Tested(NamedTuple):
    """What a model says of inputs whose class is known, or -1."""

    predictions: Predictions
    labels: Int[np.ndarray, " N"]


def examine(trained: TrainedModel, dataset: Dataset, indices: Int[np.ndarray, " N"]) -> Tested:
    """Ask a model about inputs of its own data set."""
    return Tested(trained.predict(Rows(dataset, indices)), dataset.labels[indices])


def quality(tested: Tested) -> dict[str, float]:
    """How good predictions are, of inputs whose class is known.

    Returns:
        `accuracy`, `ece`, `negative_log_likelihood`, `aurc`, the mean risk over all coverages; nothing if there are
        no predictions or no labels.
    """
    p, labels = tested.predictions.probabilities, tested.labels
    known = labels >= 0
    if not p.shape[1] or not known.any():
        return {}
    p, labels = p[known], labels[known]
    return {
        "accuracy": metrics.accuracy(p, labels),
        "ece": metrics.ece(p, labels),
        "negative_log_likelihood": metrics.negative_log_likelihood(p, labels),
        "aurc": metrics.risk_coverage(p.max(axis=1), p.argmax(axis=1) == labels).area,
    }


def detections(trained: TrainedModel, own: Predictions, other: Predictions) -> dict[str, dict[str, float]]:
    """How well each score tells other inputs from the model's own test inputs.

    Args:
        trained: the model.
        own: what it says of test inputs.
        other: of inputs from elsewhere.

    Returns:
        For each score the fields of `metrics.Detection`, and the shares of both that are above the threshold.
    """
    return {name: _detection(*each) for name, *each in _pairs(trained, own, other)}


def _pairs(trained: TrainedModel, own: Predictions, other: Predictions) -> Iterator[tuple[Any, ...]]:
    thresholds = trained.judge.thresholds(QUANTILE)
    for name, threshold in thresholds.items():
        yield name, own.scores[name], other.scores[name], threshold


def _detection(
    own: Float[np.ndarray, " N"], other: Float[np.ndarray, " M"], threshold: float
) -> dict[str, float]:
    beyond = {
        "own_beyond": float(np.mean(own > threshold)),
        "other_beyond": float(np.mean(other > threshold)),
    }
    return metrics.detection(own, other)._asdict() | beyond


def as_diagnostics(trained: TrainedModel, tested: Tested) -> Diagnostics:
    """What figures of predictions read; there is nothing for others."""
    found, context = tested.predictions, trained.model.context
    count, nothing = len(tested.labels), np.zeros((0, *context.input_shape))
    return Diagnostics(
        inputs=nothing,
        reconstructions=nothing,
        samples=np.zeros((context.channels, 0, *context.input_shape)),
        labels=tested.labels,
        probabilities=found.probabilities,
        responsibilities=found.responsibilities,
        latents=found.latents,
        negative_log_likelihood=np.full(count, np.nan),
        kl_latent=np.full(count, np.nan),
        tau=trained.tau[0],
        log_pi=np.zeros(context.channels),
        class_names=trained.class_names,
    )
