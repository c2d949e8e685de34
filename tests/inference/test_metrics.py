"""Metrics against loops that count, and against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from rcmvae_core.inference import metrics

RNG = np.random.default_rng(0)
# Whole numbers, so that there are ties within and across the two.
own, other = RNG.integers(0, 12, 60).astype(float), RNG.integers(4, 16, 45).astype(float)
LABELS = RNG.integers(0, 4, 300)
P = RNG.dirichlet(np.full(4, 0.5), 300)


def test_auroc_counts_pairs() -> None:
    wins = sum((y > n) + 0.5 * (y == n) for y in other for n in own)
    assert metrics.auroc(own, other) == pytest.approx(wins / (len(other) * len(own)))
    assert metrics.auroc(other, own) == pytest.approx(1 - wins / (len(other) * len(own)))


def test_aupr_is_precision_at_each_threshold_weighted_by_recall() -> None:
    area, before = 0.0, 0.0
    for threshold in sorted({*own, *other}, reverse=True):
        right, wrong = (other >= threshold).sum(), (own >= threshold).sum()
        recall = right / len(other)
        area += (recall - before) * right / (right + wrong)
        before = recall
    assert metrics.aupr(own, other) == pytest.approx(area)


def test_fpr_at_95_is_the_least_rate_that_reaches_95_per_cent() -> None:
    rates = [(own >= t).mean() for t in [*own, *other] if (other >= t).mean() >= 0.95]
    assert metrics.fpr_at_95(own, other) == pytest.approx(min(rates))
    assert 0 < metrics.fpr_at_95(own, other) < 1
    assert metrics.detection(own, other) == (
        metrics.auroc(own, other), metrics.aupr(own, other), metrics.fpr_at_95(own, other)
    )  # fmt: skip


@pytest.mark.parametrize(("negatives", "positives"), [([], [1.0]), ([1.0], []), ([np.nan], [1.0])])
def test_scores_that_cannot_be_ranked_are_an_error(negatives, positives) -> None:
    with pytest.raises(ValueError, match="must be"):
        metrics.detection(negatives, positives)


def test_ece_adds_up_bins_of_equal_width() -> None:
    total = 0.0
    for low, high in zip(np.arange(15) / 15, np.arange(1, 16) / 15, strict=True):
        inside = [i for i in range(300) if low < P[i].max() <= high]
        if inside:
            confidence = np.mean([P[i].max() for i in inside])
            accuracy = np.mean([P[i].argmax() == LABELS[i] for i in inside])
            total += len(inside) / 300 * abs(confidence - accuracy)
    assert metrics.ece(P, LABELS) == pytest.approx(total)
    assert total > 0.1


def test_predictions_as_confident_as_accurate_are_calibrated() -> None:
    p = np.tile([0.75, 0.25], (100, 1))
    labels = np.repeat([0, 1], [75, 25])
    assert metrics.ece(p, labels) == pytest.approx(0)
    binned = metrics.reliability(p, labels)
    assert binned.counts.tolist() == [0] * 11 + [100] + [0] * 3
    assert np.isnan(binned.accuracy[0])
    assert metrics.ece(np.eye(2)[labels], labels) == 0
    assert metrics.ece(np.eye(2)[1 - labels], labels) == 1


def test_negative_log_likelihood_of_the_labels() -> None:
    by_hand = -np.mean([np.log(P[i, LABELS[i]]) for i in range(300)])
    assert metrics.negative_log_likelihood(P, LABELS) == pytest.approx(by_hand)
    assert np.isfinite(metrics.negative_log_likelihood(np.array([[1.0, 0.0]]), np.array([1])))


def test_risk_is_the_share_of_errors_among_the_most_confident() -> None:
    confidence, correct = P.max(axis=1), P.argmax(axis=1) == LABELS
    curve = metrics.risk_coverage(confidence, correct)
    for kept in (1, 7, 150, 300):
        most_confident = np.argsort(-confidence)[:kept]
        assert curve.risk[kept - 1] == pytest.approx(np.mean(~correct[most_confident]))
        assert curve.coverage[kept - 1] == kept / 300
    assert curve.area == pytest.approx(curve.risk.mean())


def test_ties_in_confidence_have_no_order() -> None:
    correct = np.array([True, True, False, False, True])
    for order in (np.arange(5), np.arange(5)[::-1]):
        curve = metrics.risk_coverage(np.ones(5), correct[order])
        np.testing.assert_allclose(curve.risk, 0.4)
    # Correct ones first: no risk until they are used up, then 1/4 and 2/5.
    curve = metrics.risk_coverage(correct.astype(float), correct)
    np.testing.assert_allclose(curve.risk, [0, 0, 0, 0.25, 0.4])
