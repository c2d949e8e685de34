"""Evaluates a trained model on held-out data: accuracy, calibration, and out-of-distribution detection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.inference import metrics
from rcmvae_core.inference.calibration_metrics import calibration_metrics
from rcmvae_core.inference.class_metrics import ClassMetrics, class_metrics, imbalance_metrics
from rcmvae_core.inference.data_files import model_name
from rcmvae_core.inference.ood import QUANTILE
from rcmvae_core.inference.predictions import Predictions
from rcmvae_core.inference.training_reference import DatasetSubset
from rcmvae_core.plugin.protocols import Dataset

if TYPE_CHECKING:
    from rcmvae_core.inference.trained_model import TrainedModel


class Evaluation(NamedTuple):
    """Predictions and the true classes of the same inputs.

    Args:
        predictions: the model's predictions.
        labels: the true classes, -1 where unknown; those that the model does not know come after its own.
        probabilities: p(y|x) of the predictions, 0 for classes that the model does not know; no columns without a
            classifier.
        class_names: a name for each column of the probabilities.
        new: the inputs of each class that the model does not know, by its name.
    """

    predictions: Predictions
    labels: Int[np.ndarray, " N"]
    probabilities: Float[np.ndarray, "N Y"]
    class_names: tuple[str, ...]
    new: Mapping[str, int]


def evaluate(trained: TrainedModel, dataset: Dataset, indices: Int[np.ndarray, " N"]) -> Evaluation:
    """Predict inputs of a data set.

    Classes are compared by their names, since a class that the data gained or lost since training moves the others.

    Args:
        trained: the model.
        dataset: the data set that it was trained on.
        indices: the inputs.

    Returns:
        Their predictions and true classes.
    """
    predictions = trained.predict(DatasetSubset(dataset, indices))
    p = np.asarray(predictions.probabilities)
    if not p.shape[1]:
        return Evaluation(predictions, dataset.labels[indices], p, (), {})
    names = list(trained.class_names)
    own = [model_name(name, trained.class_names) for name in dataset.class_names]
    tested = dataset.labels[indices]
    counts = np.bincount(tested[tested >= 0], minlength=len(own)).tolist()
    new = {name: count for name, count in zip(own, counts, strict=True) if count and name not in names}
    numbers = {name: number for number, name in enumerate([*names, *new])}
    # The last entry is that of the label -1; a class without inputs has no number, and needs none.
    lookup = np.array([*(numbers.get(name, -1) for name in own), -1], tested.dtype)
    padded = np.pad(p, ((0, 0), (0, len(new))))
    return Evaluation(predictions, lookup[tested], padded, (*names, *new), new)


def classification_metrics(evaluation: Evaluation) -> dict[str, float]:
    """Compute how good the predictions of inputs with a known class are.

    Returns:
        `accuracy`, the metrics of `imbalance_metrics`, `ece`, `negative_log_likelihood` in nats, and `aurc`, the mean
        risk over all coverages; nothing if there are no predictions or no labels.
    """
    p, labels = _labelled(evaluation)
    if not len(labels):
        return {}
    return {
        "accuracy": metrics.accuracy(p, labels),
        **imbalance_metrics(p, labels),
        "ece": metrics.ece(p, labels),
        "negative_log_likelihood": metrics.negative_log_likelihood(p, labels),
        "aurc": metrics.risk_coverage(p.max(axis=1), p.argmax(axis=1) == labels).area,
    }


def metrics_by_class(evaluation: Evaluation) -> list[ClassMetrics]:
    """Compute how well each class is predicted, over the inputs with a known class.

    Returns:
        The metrics of every class; nothing if there are no predictions or no labels.
    """
    p, labels = _labelled(evaluation)
    return class_metrics(p, labels, evaluation.class_names) if len(labels) else []


def _labelled(evaluation: Evaluation) -> tuple[Float[np.ndarray, "n Y"], Int[np.ndarray, " n"]]:
    """Return the predictions and classes of the inputs whose class is known; none without a classifier."""
    p, labels = evaluation.probabilities, evaluation.labels
    known = (labels >= 0) & (p.shape[1] > 0)
    return p[known], labels[known]


def calibration_entry(trained: TrainedModel, evaluation: Evaluation) -> dict[str, Any]:
    """Compare the predictions of inputs with a known class before and after calibration.

    Args:
        trained: the model.
        evaluation: its predictions.

    Returns:
        As of `calibration_metrics`.
    """
    is_known = evaluation.labels >= 0
    calibrated = evaluation.predictions.take(np.flatnonzero(is_known)).calibrated or {}
    p, labels = evaluation.probabilities[is_known], evaluation.labels[is_known]
    return calibration_metrics(trained.calibration, p, calibrated, labels)


def ood_metrics(trained: TrainedModel, own: Predictions, other: Predictions) -> dict[str, dict[str, float]]:
    """Compute how well each score detects out-of-distribution inputs.

    Args:
        trained: the model.
        own: its predictions of its own test inputs.
        other: its predictions of out-of-distribution inputs.

    Returns:
        For each score the fields of `metrics.Detection`, and `own_beyond` and `other_beyond`, the shares of both
        kinds of inputs that are above the score's threshold.
    """
    by_score: dict[str, dict[str, float]] = {}
    for name, threshold in trained.ood_scorer.thresholds(QUANTILE).items():
        own_scores, other_scores = own.scores[name], other.scores[name]
        shares = {
            "own_beyond": float(np.mean(own_scores > threshold)),
            "other_beyond": float(np.mean(other_scores > threshold)),
        }
        by_score[name] = metrics.detection(own_scores, other_scores)._asdict() | shares
    return by_score
