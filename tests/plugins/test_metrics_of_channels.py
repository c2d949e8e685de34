"""Metrics of channels and of out-of-distribution scores, on planted arrays with known answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from tests.plugins.metric_cases import measured, one_hot, planted, reason

USAGE = ("effective_channels", "active_channels", "responsibility_confidence")
DETECTION = ("auroc", "aupr", "fpr_at_95")


def used(*rows):
    return planted(responsibilities=np.array(rows, float))


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 8), st.integers(1, 8))
def test_equally_used_channels_are_all_effective(channels, copies) -> None:
    data = planted(responsibilities=one_hot(list(range(channels)) * copies, channels + 3))
    assert measured("effective_channels", data) == pytest.approx(channels)
    assert measured("active_channels", data) == channels
    assert measured("responsibility_confidence", data) == 1


def test_planted_usage() -> None:
    """The usage is 3/4, 1/4 and 0."""
    data = used([1, 0, 0], [0.5, 0.5, 0], [np.nan, 1, 0])
    assert measured("effective_channels", data) == pytest.approx(0.75**-0.75 * 0.25**-0.25)
    assert measured("active_channels", data) == 2
    assert measured("active_channels", data, least=0.3) == 1
    assert measured("responsibility_confidence", data) == 0.75


@pytest.mark.parametrize("name", USAGE)
def test_usage_does_not_apply(name) -> None:
    assert reason(name, planted()) == reason(name, used([1], [1])) == "the model has fewer than two channels"
    assert reason(name, used([np.nan, 1])) == "no held-out input has finite responsibilities"


def test_planted_hardness() -> None:
    data = planted(selections=np.array([[0.5, 0.5], [0.9, 0.1]]), noisy_selections=np.eye(2))
    assert measured("routing_hardness", data) == pytest.approx({"soft": 0.7, "noisy": 1})
    assert measured("routing_hardness", planted(noisy_selections=np.eye(2))) == {"noisy": 1}
    one = planted(selections=np.ones((3, 1)), noisy_selections=np.ones((3, 1)))
    assert "fewer than two channels" in reason("routing_hardness", one)


def test_free_channels_are_unlocked_and_idle() -> None:
    """Channel 0 is used and has evidence, 1 has none, 2 is not used, 3 is locked."""
    data = planted(
        responsibilities=one_hot([0, 0, 1, 1], 4), tau=np.full((4, 2), 0.5),
        evidence=np.array([[5.0, 0], [0.3, 0.3], [0, 9], [0, 0]]), active=np.array([True, True, True, False]),
    )  # fmt: skip
    assert measured("free_channels", data) == 2
    assert measured("free_channels", data, evidence=0.2) == 1
    assert measured("free_channels", data, usage=0.6, evidence=0) == 3
    assert (
        measured("free_channels", data._replace(arrays=data.arrays._replace(active=np.zeros(0, bool)))) == 3
    )
    assert "no classifier" in reason("free_channels", used([1, 0]))


def test_planted_tau() -> None:
    tau = np.array([[1, 0, 0, 0], [0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0, 0]])
    data = planted(tau=tau)
    assert measured("tau_sparsity", data) == pytest.approx((1 + 0 + 0.5) / 3)
    assert measured("tau_coverage", data) == 0.5
    assert measured("tau_coverage", data, least=0.6) == 0.25
    locked = data._replace(arrays=data.arrays._replace(active=np.array([True, True, False])))
    assert measured("tau_sparsity", locked) == pytest.approx(0.5)
    assert measured("tau_coverage", locked) == 0.25
    for name in ("tau_sparsity", "tau_coverage"):
        assert reason(name, planted(tau=np.zeros((3, 0)))) == "the run has no map from channels to classes"


@pytest.mark.parametrize("seed", range(3))
def test_detection_is_that_of_scikit_learn(seed) -> None:
    rng = np.random.default_rng(seed)
    own, other = rng.normal(size=(60, 2)).round(1), rng.normal(1, 1, (40, 2)).round(1)
    data = planted(scores=own, held_out_scores=other, score_names=("elbo", "channel"))
    truth = np.repeat([0, 1], [60, 40])
    for column, name in enumerate(("elbo", "channel")):
        scores = np.concatenate([own[:, column], other[:, column]])
        assert measured("auroc", data)[name] == pytest.approx(sk.roc_auc_score(truth, scores))
        assert measured("aupr", data)[name] == pytest.approx(sk.average_precision_score(truth, scores))
        threshold = np.sort(other[:, column])[::-1][37]  # 38 of 40 are 95 %
        assert measured("fpr_at_95", data)[name] == pytest.approx(np.mean(own[:, column] >= threshold))


@pytest.mark.parametrize("name", DETECTION)
def test_detection_does_not_apply(name) -> None:
    scored = planted(scores=np.zeros((3, 1)), score_names=("elbo",))
    assert reason(name, planted()) == "the run has no out-of-distribution scores"
    assert reason(name, scored) == "the run held out no class"
    broken = scored._replace(arrays=scored.arrays._replace(held_out_scores=np.full((2, 1), np.nan)))
    assert reason(name, broken) == "no input has finite scores"


def test_separate_scores_are_detected() -> None:
    data = planted(scores=np.zeros((4, 1)), held_out_scores=np.ones((3, 1)), score_names=("elbo",))
    assert [measured(name, data)["elbo"] for name in DETECTION] == [1, 1, 0]
