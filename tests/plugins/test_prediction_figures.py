"""The contents of the figures of classes, σ and scores."""

import numpy as np
import pytest
from rcmvae_plugins.figures.class_accuracy import wilson_interval
from scipy.stats import binomtest, spearmanr
from sklearn.metrics import roc_auc_score

from rcmvae_core.plugin.protocols.figure import NotApplicable

from .figure_cases import result
from .number_cases import numbers, run


def predicted(labels, predictions, confidence):
    """Return arrays whose predictions have these classes and confidences."""
    confidence = np.asarray(confidence, float)
    p = np.repeat((1 - confidence)[:, None], 2, axis=1)
    p[np.arange(len(p)), predictions] = confidence
    return numbers(n=len(p), classes=2)._replace(probabilities=p, labels=np.asarray(labels))


def test_accuracy_of_each_class_with_its_support():
    arrays = predicted([0, 0, 0, 0, 1, 1, -1], [0, 0, 0, 1, 1, 0, 0], np.full(7, 0.8))
    drawn = result("class_accuracy", run(arrays))
    assert drawn.table["class"] == ["name 1", "name 0"]
    assert drawn.table["inputs"].tolist() == [2, 4]
    assert drawn.table["correct"].tolist() == [1, 3]
    assert drawn.table["accuracy"].tolist() == [0.5, 0.75]
    assert [bar.get_width() for bar in drawn.figure.axes[0].patches] == [0.5, 0.75]
    assert [bar.get_width() for bar in drawn.figure.axes[1].patches] == [2, 4]
    assert drawn.figure.get_suptitle() == "accuracy 66.7 % of 6 inputs; 50.0 % of the worst class"


def test_accuracy_of_the_rest_is_pooled():
    arrays = predicted([0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 0], np.full(6, 0.8))
    drawn = result("class_accuracy", run(arrays), classes=1)
    assert drawn.table["class"] == ["name 1", "others"]
    assert drawn.table["accuracy"].tolist() == [0.5, 0.75]


@pytest.mark.parametrize(("correct", "total"), [(0, 5), (3, 5), (5, 5), (170, 200)])
def test_intervals_are_wilsons(correct, total):
    low, high = wilson_interval(np.array([correct]), np.array([total]))
    expected = binomtest(correct, total).proportion_ci(method="wilson")
    np.testing.assert_allclose([low[0], high[0]], [expected.low, expected.high], atol=1e-7)


def test_confidence_of_right_and_wrong_predictions():
    arrays = predicted([0, 0, 1, 1, 1], [0, 0, 1, 0, 0], [0.95, 0.99, 0.76, 0.6, 0.8])
    drawn = result("certainty", run(arrays), bins=10)
    assert drawn.table["right"].tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 0, 2]
    assert drawn.table["wrong"].sum() == 2
    assert drawn.figure.get_suptitle() == "mean confidence 90.0 % when right, 70.0 % when wrong"


def test_sigma_histogram_counts_every_finite_sigma():
    sigma = np.array([0.1, 0.1, 0.2, 0.3, np.nan, np.inf])
    arrays = numbers(n=6)._replace(sigma=sigma, at_bound=np.array([0, 0, 0, 1, np.nan, np.nan]))
    drawn = result("sigma_histogram", run(arrays), bins=2)
    assert drawn.table["inputs"].tolist() == [2, 2]
    np.testing.assert_allclose(drawn.table["high"], [0.2, 0.3])
    assert drawn.figure.get_suptitle() == "median σ 0.15; 25.0 % of values at a bound"


@pytest.mark.parametrize("name", ["sigma_histogram", "sigma_error", "sigma_by_class"])
def test_sigma_that_differs_by_rounding_is_one_number(name):
    sigma = np.float32(0.1) * (1 + 1e-7 * np.arange(60, dtype=np.float32))
    assert result(name, run(numbers()._replace(sigma=sigma))) == NotApplicable("σ is 0.1 for every input")


def test_sigma_is_compared_with_the_error_per_value():
    arrays = numbers()
    drawn = result("sigma_error", run(arrays))
    error = np.sqrt(arrays.squared_error / 64)  # inputs are 8 by 8 by 1
    np.testing.assert_allclose(drawn.table["sigma"], arrays.sigma)
    np.testing.assert_allclose(drawn.table["root_mean_squared_error"], error)
    rho = spearmanr(arrays.sigma, arrays.squared_error).statistic
    assert drawn.figure.get_suptitle() == f"Spearman correlation {rho:.3f} of 60 inputs"


def test_sigma_that_is_the_error_is_on_the_line():
    sigma = np.linspace(0.1, 0.4, 60)
    drawn = result("sigma_error", run(numbers()._replace(sigma=sigma, squared_error=64 * sigma**2)))
    means = drawn.figure.axes[0].lines[1].get_xydata()
    np.testing.assert_allclose(means[:, 0], means[:, 1], rtol=0.02)
    assert drawn.figure.get_suptitle().startswith("Spearman correlation 1.000")


def test_sigma_by_class_is_sorted_by_its_median():
    labels = np.repeat([0, 1, 2, -1], 15)
    sigma = np.repeat([0.2, 0.4, 0.1, 9.0], 15)
    drawn = result("sigma_by_class", run(numbers()._replace(sigma=sigma, labels=labels)), classes=2)
    assert drawn.table["class"] == ["name 1", "name 0", "others"]
    np.testing.assert_allclose(drawn.table["quantile_0.5"], [0.4, 0.2, 0.1])
    assert drawn.table["inputs"] == [15, 15, 15]


def test_scores_are_counted_beside_their_threshold():
    arrays = numbers(n=8)._replace(
        scores=np.column_stack([np.arange(8.0), np.zeros(8)]),
        held_out_scores=np.array([[7.0, 1.0], [8.0, 1.0], [np.inf, 1.0]]),
        score_thresholds=np.array([5.5, np.nan]),
    )
    drawn = result("score_distributions", run(arrays), bins=4)
    first = np.asarray(drawn.table["score"]) == "first"
    assert drawn.table["test_inputs"][first].sum() == 8
    assert drawn.table["held_out_inputs"][first].tolist() == [0, 0, 0, 2]
    assert set(drawn.table["threshold"][first]) == {5.5}
    assert drawn.figure.get_suptitle() == (
        "25.0 % of test inputs and 100.0 % of held-out inputs above the threshold of first"
    )


def test_roc_has_the_area_of_scikit_learn():
    arrays = numbers()
    drawn = result("score_roc", run(arrays))
    for place, name in enumerate(arrays.score_names):
        own = drawn.table["score"] == name
        positives = np.repeat([0, 1], [60, 30])
        scores = np.concatenate([arrays.scores[:, place], arrays.held_out_scores[:, place]])
        area = roc_auc_score(positives, scores)
        np.testing.assert_allclose(drawn.table["auroc"][own], area)
        curve = drawn.table["false_positive_rate"][own], drawn.table["true_positive_rate"][own]
        np.testing.assert_allclose(np.trapezoid(curve[1], curve[0]), area, atol=0.01)


def test_roc_of_a_perfect_score_reaches_the_corner():
    arrays = numbers()._replace(
        scores=np.zeros((60, 1)), held_out_scores=np.ones((30, 1)), score_names=("one",)
    )
    drawn = result("score_roc", run(arrays._replace(score_thresholds=np.array([0.5]))))
    assert drawn.figure.get_suptitle() == "AUROC 1.000 of one"
    assert (0.0, 1.0) in zip(
        drawn.table["false_positive_rate"], drawn.table["true_positive_rate"], strict=True
    )
