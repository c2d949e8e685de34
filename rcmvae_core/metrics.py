"""How good scores and probabilities are: pure functions of arrays.

A score of a detector is higher the more it speaks for a positive. Rates are in [0, 1].
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

BINS = 15
"""Bins of confidence, of equal width."""


class Detection(NamedTuple):
    """How well a score tells positives from negatives.

    Args:
        auroc: the chance that a positive has a higher score than a negative; 0.5 is a coin.
        aupr: average precision; the share of positives is a coin.
        fpr_at_95: negatives above the highest threshold that 95 % of positives reach.
    """

    auroc: float
    aupr: float
    fpr_at_95: float


class Reliability(NamedTuple):
    """Predictions by confidence, a row for each bin; NaN where a bin is empty.

    Args:
        edges: of the bins, one more than there are bins.
        counts: predictions in each.
        confidence: mean confidence in each.
        accuracy: the share of each that is right.
    """

    edges: Float[np.ndarray, " n"]
    counts: Int[np.ndarray, " b"]
    confidence: Float[np.ndarray, " b"]
    accuracy: Float[np.ndarray, " b"]


class RiskCoverage(NamedTuple):
    """What is wrong among the predictions that are kept, the surest first.

    Args:
        coverage: the share that is kept.
        risk: the share of those that is wrong; where predictions are equally sure, what a random order of them
            gives on average.
        area: the mean of the risk over all coverages (AURC).
    """

    coverage: Float[np.ndarray, " N"]
    risk: Float[np.ndarray, " N"]
    area: float


def detection(negatives: Any, positives: Any) -> Detection:
    """How well a score tells positives from negatives.

    Args:
        negatives: scores of what is not to be detected.
        positives: scores of what is.

    Raises:
        ValueError: if there are none of either, or a score is not finite.
    """
    truth, scores = _joined(negatives, positives)
    return Detection(
        auroc=float(roc_auc_score(truth, scores)),
        aupr=float(average_precision_score(truth, scores)),
        fpr_at_95=_fpr(truth, scores, 0.95),
    )


def auroc(negatives: Any, positives: Any) -> float:
    """The area under the ROC curve; as `Detection`.

    Example:
        >>> auroc([0.1, 0.2], [0.2, 0.9])
        0.875
    """
    return float(roc_auc_score(*_joined(negatives, positives)))


def aupr(negatives: Any, positives: Any) -> float:
    """Average precision; as `Detection`."""
    return float(average_precision_score(*_joined(negatives, positives)))


def fpr_at_95(negatives: Any, positives: Any) -> float:
    """The false positive rate at a true positive rate of 95 %; as `Detection`."""
    return _fpr(*_joined(negatives, positives), 0.95)


def _joined(negatives: Any, positives: Any) -> tuple[Int[np.ndarray, " N"], Float[np.ndarray, " N"]]:
    """Which are positives, and all scores."""
    no, yes = np.asarray(negatives, np.float64), np.asarray(positives, np.float64)
    if not no.size or not yes.size:
        raise ValueError(f"there must be both negatives and positives, got {no.size} and {yes.size}")
    scores = np.concatenate([no, yes])
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite")
    return np.repeat([0, 1], [no.size, yes.size]), scores


def _fpr(truth: Int[np.ndarray, " N"], scores: Float[np.ndarray, " N"], rate: float) -> float:
    false, true, _ = roc_curve(truth, scores, drop_intermediate=False)
    return float(false[np.argmax(true >= rate)])


def accuracy(probabilities: Float[np.ndarray, "N Y"], labels: Int[np.ndarray, " N"]) -> float:
    """The share of inputs whose most probable class is their label."""
    return float(np.mean(np.asarray(probabilities).argmax(axis=1) == labels))


def negative_log_likelihood(probabilities: Float[np.ndarray, "N Y"], labels: Int[np.ndarray, " N"]) -> float:
    """Mean -log p(y|x) of the labels, in nats; a probability of 0 counts as the smallest normal number."""
    own = np.asarray(probabilities, np.float64)[np.arange(len(labels)), labels]
    return float(-np.mean(np.log(np.maximum(own, np.finfo(np.float64).tiny))))


def reliability(
    probabilities: Float[np.ndarray, "N Y"], labels: Int[np.ndarray, " N"], bins: int = BINS
) -> Reliability:
    """Predictions in bins (i/n, (i+1)/n] of the probability of their class.

    Args:
        probabilities: p(y|x).
        labels: the truth.
        bins: how many, over [0, 1].
    """
    p = np.asarray(probabilities, np.float64)
    sure, right = p.max(axis=1), p.argmax(axis=1) == labels
    edges = np.linspace(0.0, 1.0, bins + 1)
    which = np.clip(np.searchsorted(edges, sure, side="left") - 1, 0, bins - 1)
    counts = np.bincount(which, minlength=bins)
    some = np.where(counts > 0, counts, np.nan)
    confidence, accurate = (np.bincount(which, w, minlength=bins) / some for w in (sure, right))
    return Reliability(edges, counts, confidence, accurate)


def ece(probabilities: Float[np.ndarray, "N Y"], labels: Int[np.ndarray, " N"], bins: int = BINS) -> float:
    """Expected calibration error: the mean distance of confidence and accuracy, bin by bin."""
    found = reliability(probabilities, labels, bins)
    return calibration_error(found)


def calibration_error(found: Reliability) -> float:
    """Expected calibration error, Σ_b n_b/N · |accuracy_b - confidence_b|.

    Args:
        found: predictions by confidence.
    """
    full = found.counts > 0
    gaps = np.abs(found.accuracy - found.confidence)[full]
    return float(np.average(gaps, weights=found.counts[full])) if full.any() else float("nan")


def risk_coverage(sureness: Float[np.ndarray, " N"], right: Any) -> RiskCoverage:
    """What is wrong among the predictions that are kept, from the surest one to all of them.

    Args:
        sureness: of each prediction; higher is kept longer.
        right: whether each is right.
    """
    sure = np.asarray(sureness, np.float64)
    order = np.argsort(-sure, kind="stable")
    wrong = ~np.asarray(right, bool)[order]
    # Equals come in no order: each of them counts as the share of them that is wrong.
    _, group, size = np.unique(-sure[order], return_inverse=True, return_counts=True)
    share = np.bincount(group, wrong) / size
    kept = np.arange(1, len(sure) + 1)
    risk = np.cumsum(share[group]) / kept
    return RiskCoverage(kept / len(sure), risk, float(risk.mean()))
