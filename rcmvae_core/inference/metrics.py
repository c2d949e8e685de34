"""Computes metrics of scores and probabilities: calibration, risk-coverage, and detection.

A detector's score is higher for positives. Rates and shares are in [0, 1].
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

BINS = 15
"""Bins of confidence, of equal width."""


class Detection(NamedTuple):
    """How well a score separates positives from negatives.

    Args:
        auroc: the probability that a positive has a higher score than a negative; 0.5 for a random score.
        aupr: the average precision; the share of positives for a random score.
        fpr_at_95: the share of negatives above the highest threshold that 95 % of positives reach.
    """

    auroc: float
    aupr: float
    fpr_at_95: float


class Reliability(NamedTuple):
    """Predictions by confidence, an entry per bin; NaN where a bin is empty.

    Args:
        edges: of the bins, one more than there are bins.
        counts: the number of predictions in each bin.
        confidence: the mean confidence in each bin.
        accuracy: the share of correct predictions in each bin.
    """

    edges: Float[np.ndarray, " n"]
    counts: Int[np.ndarray, " b"]
    confidence: Float[np.ndarray, " b"]
    accuracy: Float[np.ndarray, " b"]


class RiskCoverage(NamedTuple):
    """The errors among the most confident predictions, for every number of them.

    Args:
        coverage: the share of predictions that are kept.
        risk: the share of these that are wrong; for ties in confidence, the expectation over a random order.
        area: the mean of the risk over all coverages (AURC).
    """

    coverage: Float[np.ndarray, " N"]
    risk: Float[np.ndarray, " N"]
    area: float


def detection(negatives: Any, positives: Any) -> Detection:
    """Compute how well a score separates positives from negatives.

    Args:
        negatives: scores of the inputs that are not to be detected.
        positives: scores of the inputs that are.

    Returns:
        AUROC, average precision, and the false positive rate at a true positive rate of 95 %.

    Raises:
        ValueError: if there are no negatives or no positives, or a score is not finite.

    Example:
        >>> detection([0.1, 0.2], [0.2, 0.9]).auroc
        0.875
    """
    is_positive, scores = _join_scores(negatives, positives)
    return Detection(
        auroc=float(roc_auc_score(is_positive, scores)),
        aupr=float(average_precision_score(is_positive, scores)),
        fpr_at_95=_false_positive_rate(is_positive, scores, 0.95),
    )


def auroc(negatives: Any, positives: Any) -> float:
    """Compute the area under the ROC curve, as `detection` does.

    Example:
        >>> auroc([0.1, 0.2], [0.2, 0.9])
        0.875
    """
    return float(roc_auc_score(*_join_scores(negatives, positives)))


def aupr(negatives: Any, positives: Any) -> float:
    """Compute the average precision, as `detection` does."""
    return float(average_precision_score(*_join_scores(negatives, positives)))


def fpr_at_95(negatives: Any, positives: Any) -> float:
    """Compute the false positive rate at a true positive rate of 95 %, as `detection` does."""
    return _false_positive_rate(*_join_scores(negatives, positives), 0.95)


def _join_scores(negatives: Any, positives: Any) -> tuple[Int[np.ndarray, " N"], Float[np.ndarray, " N"]]:
    """Return which scores are of positives, and all scores."""
    no, yes = np.asarray(negatives, np.float64), np.asarray(positives, np.float64)
    if not no.size or not yes.size:
        raise ValueError(f"there must be both negatives and positives, got {no.size} and {yes.size}")
    scores = np.concatenate([no, yes])
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite")
    return np.repeat([0, 1], [no.size, yes.size]), scores


def _false_positive_rate(
    is_positive: Int[np.ndarray, " N"], scores: Float[np.ndarray, " N"], true_positive_rate: float
) -> float:
    """Compute the least false positive rate that reaches a true positive rate.

    Args:
        is_positive: 1 for a positive, 0 for a negative.
        scores: their scores.
        true_positive_rate: the rate to reach.
    """
    false, true, _ = roc_curve(is_positive, scores, drop_intermediate=False)
    return float(false[np.argmax(true >= true_positive_rate)])


def accuracy(probabilities: Float[np.ndarray, "N Y"], labels: Int[np.ndarray, " N"]) -> float:
    """Compute the share of inputs whose most probable class is their label."""
    return float(np.mean(np.asarray(probabilities).argmax(axis=1) == labels))


def negative_log_likelihood(probabilities: Float[np.ndarray, "N Y"], labels: Int[np.ndarray, " N"]) -> float:
    """Compute the mean of -log p(y|x) over the labels, in nats."""
    own = np.asarray(probabilities, np.float64)[np.arange(len(labels)), labels]
    # A probability of 0 counts as the smallest normal number, so that the mean stays finite.
    return float(-np.mean(np.log(np.maximum(own, np.finfo(np.float64).tiny))))


def reliability(
    probabilities: Float[np.ndarray, "N Y"], labels: Int[np.ndarray, " N"], bins: int = BINS
) -> Reliability:
    """Group predictions into bins (i/n, (i+1)/n] of their confidence, max_y p(y|x).

    Args:
        probabilities: p(y|x).
        labels: the true classes.
        bins: the number of bins over [0, 1].

    Returns:
        Counts, mean confidence and accuracy per bin.
    """
    p = np.asarray(probabilities, np.float64)
    confidences, is_correct = p.max(axis=1), p.argmax(axis=1) == labels
    edges = np.linspace(0.0, 1.0, bins + 1)
    # Bins are open on the left: a confidence at an edge belongs to the bin that ends there.
    bin_of = np.clip(np.searchsorted(edges, confidences, side="left") - 1, 0, bins - 1)
    counts = np.bincount(bin_of, minlength=bins)
    divisor = np.where(counts > 0, counts, np.nan)
    confidence, accuracies = (
        np.bincount(bin_of, weights, minlength=bins) / divisor for weights in (confidences, is_correct)
    )
    return Reliability(edges, counts, confidence, accuracies)


def ece(probabilities: Float[np.ndarray, "N Y"], labels: Int[np.ndarray, " N"], bins: int = BINS) -> float:
    """Compute the expected calibration error of predictions.

    Args:
        probabilities: p(y|x).
        labels: the true classes.
        bins: the number of bins over [0, 1].
    """
    return calibration_error(reliability(probabilities, labels, bins))


def adaptive_ece(
    probabilities: Float[np.ndarray, "N Y"], labels: Int[np.ndarray, " N"], bins: int = BINS
) -> float:
    """Compute the expected calibration error in bins with equally many predictions, by their confidence.

    Predictions of the same confidence are in the order of the inputs. There are at most as many bins as predictions.

    Source: Nguyen and O'Connor 2015, "Posterior calibration and exploratory analysis for natural language processing
    models", arXiv:1508.05154.

    Args:
        probabilities: p(y|x).
        labels: the true classes, at least one.
        bins: the number of bins.
    """
    p = np.asarray(probabilities, np.float64)
    confidence = p.max(axis=1)
    order = np.argsort(confidence, kind="stable")
    gaps = (confidence - (p.argmax(axis=1) == labels))[order]
    parts = np.array_split(gaps, min(bins, len(gaps)))
    return float(sum(abs(part.sum()) for part in parts) / len(gaps))


def calibration_error(binned: Reliability) -> float:
    """Compute the expected calibration error, Σ_b n_b/N · |accuracy_b - confidence_b|.

    Source: Naeini, Cooper and Hauskrecht 2015, "Obtaining Well Calibrated Probabilities Using Bayesian Binning".

    Args:
        binned: predictions by confidence.
    """
    filled = binned.counts > 0
    gaps = np.abs(binned.accuracy - binned.confidence)[filled]
    return float(np.average(gaps, weights=binned.counts[filled])) if filled.any() else float("nan")


def risk_coverage(confidence: Float[np.ndarray, " N"], correct: Any) -> RiskCoverage:
    """Compute the share of wrong predictions among the most confident ones, for every number of them.

    Source: Geifman and El-Yaniv 2017, "Selective Classification for Deep Neural Networks", arXiv:1705.08500.

    Args:
        confidence: of each prediction; the highest are kept longest.
        correct: whether each prediction is correct.

    Returns:
        Coverage and risk for 1, ..., N kept predictions, and their area.
    """
    values = np.asarray(confidence, np.float64)
    order = np.argsort(-values, kind="stable")
    wrong = ~np.asarray(correct, bool)[order]
    # Ties have no order: each of them counts as the share of wrong predictions among them.
    _, group, size = np.unique(-values[order], return_inverse=True, return_counts=True)
    share = np.bincount(group, wrong) / size
    kept = np.arange(1, len(values) + 1)
    risk = np.cumsum(share[group]) / kept
    return RiskCoverage(kept / len(values), risk, float(risk.mean()))
