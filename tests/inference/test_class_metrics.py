"""Metrics of every class against counting, and of rare classes where accuracy says nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    f1_score,
    precision_recall_fscore_support,
)

from rcmvae_core.inference.class_metrics import (
    as_json,
    average_precision,
    class_metrics,
    imbalance_metrics,
    never_predicted,
)
from rcmvae_core.training.evaluation import balanced_accuracy

RNG = np.random.default_rng(0)
LABELS = RNG.choice(4, 200, p=[0.7, 0.2, 0.08, 0.02])
P = RNG.dirichlet(np.ones(4), 200) * 0.6 + 0.4 * np.eye(4)[LABELS]
NAMES = ("a", "b", "c", "d")


def test_the_metrics_of_a_class_are_counts():
    predicted = P.argmax(axis=1)
    for number, each in enumerate(class_metrics(P, LABELS, NAMES)):
        right = np.sum((predicted == number) & (number == LABELS))
        assert (each.name, each.support, each.predicted) == (
            NAMES[number], np.sum(number == LABELS), np.sum(predicted == number)
        )  # fmt: skip
        assert each.precision == pytest.approx(right / each.predicted)
        assert each.recall == pytest.approx(right / each.support)
        assert each.f1 == pytest.approx(2 * right / (each.predicted + each.support))


def test_they_are_scikit_learns():
    predicted, each = P.argmax(axis=1), class_metrics(P, LABELS, NAMES)
    expected = precision_recall_fscore_support(LABELS, predicted)
    np.testing.assert_allclose([one.precision for one in each], expected[0])
    np.testing.assert_allclose([one.recall for one in each], expected[1])
    np.testing.assert_allclose([one.f1 for one in each], expected[2])
    means = imbalance_metrics(P, LABELS)
    assert means["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(LABELS, predicted))
    assert means["macro_f1"] == pytest.approx(f1_score(LABELS, predicted, average="macro"))


def test_average_precision_is_the_mean_precision_at_each_input_of_the_class():
    for number, each in enumerate(class_metrics(P, LABELS, NAMES)):
        order = np.argsort(-P[:, number])
        found = LABELS[order] == number
        precision = np.cumsum(found) / np.arange(1, len(order) + 1)
        assert each.average_precision == pytest.approx(precision[found].mean())


@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_average_precision_with_ties_is_scikit_learns(levels):
    rng = np.random.default_rng(levels)
    positive, scores = rng.random(300) < 0.1, rng.integers(0, levels, 300) / levels
    assert average_precision(scores, positive) == pytest.approx(average_precision_score(positive, scores))


def test_means_over_classes():
    each = class_metrics(P, LABELS, NAMES)
    means = imbalance_metrics(P, LABELS)
    assert means["balanced_accuracy"] == pytest.approx(np.mean([one.recall for one in each]))
    assert means["macro_f1"] == pytest.approx(np.mean([one.f1 for one in each]))
    assert means["average_precision"] == pytest.approx(np.mean([one.average_precision for one in each]))


def test_of_two_classes_the_average_precision_is_that_of_the_rarer_one():
    labels = np.array([0] * 8 + [1] * 2)
    p = np.stack([np.linspace(0.9, 0.2, 10), np.linspace(0.1, 0.8, 10)], axis=1)
    assert imbalance_metrics(p, labels)["average_precision"] == pytest.approx(1.0)
    assert imbalance_metrics(p, 1 - labels)["average_precision"] == pytest.approx(
        np.mean([1 / 9, 2 / 10]), rel=1e-6
    )


def test_a_class_that_is_never_predicted_has_no_precision_and_is_named():
    labels, p = np.array([0, 0, 0, 1]), np.tile([0.9, 0.1], (4, 1))
    each = class_metrics(p, labels, ("ok", "fraud"))
    assert math.isnan(each[1].precision)
    assert as_json(each[1]) == {
        "name": "fraud", "support": 1, "predicted": 0,
        "precision": None, "recall": 0.0, "f1": 0.0, "average_precision": 0.25,
    }  # fmt: skip
    assert [one.name for one in never_predicted(each)] == ["fraud"]
    assert imbalance_metrics(p, labels)["balanced_accuracy"] == 0.5


def test_a_class_without_inputs_is_not_part_of_the_means():
    labels, p = np.array([0, 1, 1]), np.eye(3)[[0, 1, 1]]
    each = class_metrics(p, labels, ("a", "b", "c"))
    assert (each[2].support, as_json(each[2])["recall"], as_json(each[2])["average_precision"]) == (
        0, None, None
    )  # fmt: skip
    assert never_predicted(each) == []
    assert imbalance_metrics(p, labels) == {"balanced_accuracy": 1, "macro_f1": 1, "average_precision": 1}


def test_one_class_is_no_error():
    assert set(imbalance_metrics(np.ones((3, 1)), np.zeros(3, int)).values()) == {1.0}


def test_validation_computes_the_same_balanced_accuracy():
    is_right = P.argmax(axis=1) == LABELS
    assert balanced_accuracy(is_right, LABELS) == pytest.approx(
        imbalance_metrics(P, LABELS)["balanced_accuracy"]
    )
    few = LABELS != 1
    assert balanced_accuracy(is_right[few], LABELS[few]) == pytest.approx(
        imbalance_metrics(P[few], LABELS[few])["balanced_accuracy"]
    )
