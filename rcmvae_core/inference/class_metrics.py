"""Computes what accuracy hides where classes are not equally frequent: metrics of every class, and their means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

_BINARY = 2


class ClassMetrics(NamedTuple):
    """How well one class is predicted; NaN where a metric is undefined.

    Args:
        name: of the class.
        support: inputs of the class.
        predicted: inputs that are predicted to be of the class.
        precision: the share of these that are; undefined if there are none.
        recall: the share of the inputs of the class that are predicted to be; undefined if there are none.
        f1: the harmonic mean of precision and recall.
        average_precision: the area under precision over recall, as p(y|x) ranks the inputs; of a random ranking, the
            share of the class. Undefined without inputs of the class.
    """

    name: str
    support: int
    predicted: int
    precision: float
    recall: float
    f1: float
    average_precision: float


def class_metrics(
    probabilities: Float[np.ndarray, "N Y"], labels: Int[np.ndarray, " N"], names: Sequence[str]
) -> list[ClassMetrics]:
    """Compute the metrics of every class, also of those without inputs.

    Args:
        probabilities: p(y|x).
        labels: the true classes, all known.
        names: a name for each class.

    Returns:
        The metrics, in the order of the classes.
    """
    p = np.asarray(probabilities, np.float64)
    predicted = p.argmax(axis=1)
    right, support, called = (
        np.bincount(each, minlength=len(names)) for each in (labels[predicted == labels], labels, predicted)
    )
    rows = zip(names, right.tolist(), support.tolist(), called.tolist(), strict=True)
    return [
        ClassMetrics(
            name,
            occurs,
            times,
            precision=_share(hits, times),
            recall=_share(hits, occurs),
            f1=_share(2 * hits, occurs + times),
            average_precision=average_precision(p[:, number], labels == number) if occurs else math.nan,
        )
        for number, (name, hits, occurs, times) in enumerate(rows)
    ]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


def average_precision(scores: Float[np.ndarray, " N"], positive: Bool[np.ndarray, " N"]) -> float:
    """Compute Σ_t (R_t - R_t-1) P_t over the thresholds t, P the precision and R the recall of scores of at least t.

    As `sklearn.metrics.average_precision_score`, whose import takes longer than a short run.

    Args:
        scores: higher for positives.
        positive: which inputs are; at least one.
    """
    order = np.argsort(-scores, kind="stable")
    # Equal scores are one threshold, at the last of them.
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    found = np.cumsum(positive[order])[last]
    return float(np.sum(np.diff(found, prepend=0) / found[-1] * found / (last + 1)))


def imbalance_metrics(
    probabilities: Float[np.ndarray, "N Y"], labels: Int[np.ndarray, " N"]
) -> dict[str, float]:
    """Compute metrics in which a rare class counts as much as a frequent one.

    Args:
        probabilities: p(y|x).
        labels: the true classes, all known.

    Returns:
        `balanced_accuracy`, the mean recall of the classes that occur; `macro_f1`, the mean F1 of those that occur or
        are predicted; and `average_precision`, of two classes that of the rarer one, of more the mean over those that
        occur.
    """
    classes = class_metrics(probabilities, labels, [str(number) for number in range(probabilities.shape[1])])
    occurring = [each for each in classes if each.support]
    seen = [each for each in classes if each.support or each.predicted]
    rarest_of_two = len(classes) == len(occurring) == _BINARY
    ranked = [min(classes, key=lambda each: each.support)] if rarest_of_two else occurring
    return {
        "balanced_accuracy": float(np.mean([each.recall for each in occurring])),
        "macro_f1": float(np.mean([each.f1 for each in seen])),
        "average_precision": float(np.mean([each.average_precision for each in ranked])),
    }


def never_predicted(classes: Sequence[ClassMetrics]) -> list[ClassMetrics]:
    """Return the classes that occur and are predicted for no input."""
    return [each for each in classes if each.support and not each.predicted]


def as_json(each: ClassMetrics) -> dict[str, Any]:
    """Return plain values, in which None stands for an undefined metric: JSON has no NaN."""
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in each._asdict().items()
    }
