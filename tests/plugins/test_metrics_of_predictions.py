"""Metrics of p(y|x): those of scikit-learn, calibration by hand, and why they do not apply."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics as sk

from tests.plugins.metric_cases import measured, planted, reason

NAMES = ("accuracy", "balanced_accuracy", "macro_f1", "brier", "ece", "adaptive_ece")


def predicted(probabilities, labels):
    probabilities = np.asarray(probabilities, float)
    names = tuple(map(str, range(probabilities.shape[1])))
    return planted(labels=np.asarray(labels), probabilities=probabilities, class_names=names)


def random_predictions(seed, count=80, classes=5):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(classes, 0.5), count), rng.integers(0, classes, count)


@pytest.mark.parametrize("seed", range(3))
def test_they_are_those_of_scikit_learn(seed) -> None:
    p, labels = random_predictions(seed)
    data, guesses = predicted(p, labels), p.argmax(axis=1)
    assert measured("accuracy", data) == pytest.approx(sk.accuracy_score(labels, guesses))
    assert measured("balanced_accuracy", data) == pytest.approx(sk.balanced_accuracy_score(labels, guesses))
    assert measured("macro_f1", data) == pytest.approx(sk.f1_score(labels, guesses, average="macro"))
    brier = sk.brier_score_loss(labels, p, scale_by_half=False, labels=range(p.shape[1]))
    assert measured("brier", data) == pytest.approx(brier)


def test_calibration_by_hand() -> None:
    p = np.array([[0.6, 0.4], [0.7, 0.3], [0.1, 0.9], [0.0, 1.0]])
    data = predicted(p, [0, 1, 1, 1])
    # (0.4, 0.6] has one, which is right; (0.6, 0.8] one, which is wrong; (0.8, 1] two, both right.
    assert measured("ece", data, bins=5) == pytest.approx((0.4 + 0.7 + 0.1 + 0.0) / 4)
    assert measured("adaptive_ece", data, bins=2) == pytest.approx((abs(1.3 - 1) + abs(1.9 - 2)) / 4)
    assert measured("adaptive_ece", data, bins=4) == pytest.approx((0.4 + 0.7 + 0.1 + 0.0) / 4)
    assert measured("adaptive_ece", data, bins=1) == pytest.approx(0.2 / 4)
    assert measured("ece", data, bins=1) == pytest.approx(0.2 / 4)


@pytest.mark.parametrize("name", ["ece", "adaptive_ece"])
def test_predictions_that_are_certain_and_right_are_calibrated(name) -> None:
    assert measured(name, predicted(np.eye(3), [0, 1, 2])) == 0
    assert measured(name, predicted(np.eye(3), [1, 2, 0])) == 1


@settings(deadline=None, max_examples=40)
@given(
    arrays(float, st.tuples(st.integers(1, 30), st.integers(1, 6)), elements=st.floats(0.01, 1)), st.data()
)
def test_they_are_within_their_bounds(values, drawn) -> None:
    p = values / values.sum(axis=1, keepdims=True)
    labels = drawn.draw(arrays(int, len(p), elements=st.integers(-1, p.shape[1] - 1)))
    data = predicted(p, labels)
    if (labels < 0).all():
        assert {reason(name, data) for name in NAMES} == {"no held-out input has a label"}
        return
    for name in NAMES:
        assert 0 <= measured(name, data) <= (2 if name == "brier" else 1) + 1e-9
    known = predicted(p[labels >= 0], labels[labels >= 0])
    assert [measured(name, data) for name in NAMES] == [measured(name, known) for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_they_do_not_apply(name) -> None:
    p, labels = random_predictions(0)
    assert reason(name, predicted(p, np.full(len(p), -1))) == "no held-out input has a label"
    assert reason(name, predicted(np.zeros((4, 0)), [-1] * 4)) == "the run has no classifier"
    assert reason(name, predicted(p[:0], labels[:0])) == "no held-out input has a label"


def test_inputs_without_finite_predictions_are_left_out() -> None:
    p, labels = random_predictions(1)
    broken = np.vstack([p, [[np.nan] * 5]])
    assert measured("brier", predicted(broken, [*labels, 0])) == measured("brier", predicted(p, labels))
