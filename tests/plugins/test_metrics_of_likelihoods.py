"""Metrics of likelihoods, latents and σ, on planted arrays with known answers."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from tests.plugins.metric_cases import measured, one_hot, planted, reason


def test_nll_is_the_sum_of_its_terms() -> None:
    terms = {"negative_log_likelihood": [90.0, 110.0], "kl_latent": [5.0, 7.0], "kl_channel": [1.0, 2.0]}
    data = planted(**{name: np.array(values) for name, values in terms.items()})
    assert measured("nll", data) == 107.5
    assert reason("nll", planted()) == "there are no held-out inputs"


def test_importance_weights_of_known_mean() -> None:
    """Weights 1/4 and 3/4 have the mean 1/2, and weights 2 and 4 the mean 3."""
    data = planted(log_weights=np.log([[0.25, 0.75], [2.0, 4.0]]))
    assert measured("importance_weighted_nll", data) == pytest.approx(-(math.log(0.5) + math.log(3)) / 2)


@settings(deadline=None, max_examples=40)
@given(arrays(float, st.tuples(st.integers(1, 5), st.integers(1, 8)), elements=st.floats(-900, 900)))
def test_importance_weights_are_added_without_overflow(log_weights) -> None:
    found = measured("importance_weighted_nll", planted(log_weights=log_weights))
    expected = [
        max(row) + math.log(math.fsum(math.exp(w - max(row)) for w in row) / len(row)) for row in log_weights
    ]
    assert found == pytest.approx(-np.mean(expected), rel=1e-9, abs=1e-9)
    assert found <= -log_weights.mean() + 1e-6  # Jensen: the bound of one sample is looser


def test_importance_weights_of_a_linear_gaussian_model_reach_its_marginal_likelihood() -> None:
    """x = z + e with z, e ~ N(0, 1): log p(x) = log N(x; 0, 2), with samples of q(z|x) that is not the posterior."""
    rng, x = np.random.default_rng(0), 0.7
    z = rng.normal(0.5, 1.0, (1, 200_000))
    log_weights = stats.norm.logpdf(z) + stats.norm.logpdf(x, z) - stats.norm.logpdf(z, 0.5)
    weights = np.exp(log_weights)
    error = weights.std() / weights.mean() / math.sqrt(weights.size)
    exact = -stats.norm.logpdf(x, scale=math.sqrt(2))
    found = measured("importance_weighted_nll", planted(log_weights=log_weights))
    assert abs(found - exact) < 4 * error


def test_a_prior_without_a_density() -> None:
    assert reason("importance_weighted_nll", planted()) == "the prior has no density of a latent, p(z|c)"


@pytest.mark.parametrize("shape", [(3, 2, 1), (6,)])
def test_mse_is_per_value(shape) -> None:
    data = planted(inputs=np.zeros((1, *shape)), squared_error=np.array([6.0, 12.0]))
    assert measured("mse", data) == 1.5
    assert reason("mse", planted(squared_error=np.ones(3))) == "there are no held-out inputs"


def by_channel(channels, count, **latents):
    """Inputs of one channel each, all with arrays by channel."""
    return planted(
        responsibilities=one_hot(channels, count), members=np.arange(len(channels)),
        **{name: np.asarray(array, float) for name, array in latents.items()},
    )  # fmt: skip


def test_kl_is_that_of_the_inputs_of_a_channel() -> None:
    data = by_channel([0, 0, 1], 3, channel_kl=[[1, 9, 9], [3, 9, 9], [9, 5, 9]])
    assert measured("kl_by_channel", data) == {"0": 2.0, "1": 5.0}
    assert measured("kl_by_channel", by_channel([0, 1], 2, channel_kl=[[1], [3]])) == 2.0
    assert reason("kl_by_channel", planted()) == "there is no KL by channel"


def test_kl_is_weighted_by_responsibilities() -> None:
    data = planted(
        responsibilities=np.array([[0.5, 0.5], [1.0, 0.0]]),
        members=np.array([1, 0]),
        channel_kl=np.array([[1.0, 7.0], [4.0, 3.0]]),
    )
    assert measured("kl_by_channel", data) == pytest.approx({"0": 2.0, "1": 3.0})


def test_units_that_vary_among_the_inputs_of_their_channel_are_active() -> None:
    """Channel 0 has inputs 0 and 1, of which only coordinate 0 varies; channel 1 has inputs 2 and 3 with both."""
    means = np.zeros((4, 3, 2))
    means[:2, 0, 0] = 0, 1
    means[2:, 0, 1] = 7, 9  # of inputs that are not of this channel
    means[2:, 1] = [[0, 0], [1, 1]]
    means[:, 2] = np.arange(8).reshape(4, 2)  # of a channel without inputs
    data = by_channel([0, 0, 1, 1], 3, channel_means=means)
    assert measured("active_units", data) == 3
    assert measured("active_units", data, least=0.25) == 0  # the variance of 0 and 1
    assert measured("active_units", data, usage=0.6) == 0
    assert reason("active_units", planted()) == "there are no latents by channel"


@settings(deadline=None, max_examples=30)
@given(arrays(float, st.tuples(st.integers(1, 9), st.just(1), st.integers(1, 4)), elements=st.floats(-2, 2)))
def test_a_shared_latent_is_active_by_its_variance(means) -> None:
    data = by_channel([0] * len(means), 2, channel_means=means)
    assert measured("active_units", data, least=0.1) == (means[:, 0].var(axis=0) > 0.1).sum()


def test_rounding_of_one_sigma_has_no_rank() -> None:
    sigma = (0.1 * (1 + 1e-7 * np.arange(9))).astype(np.float32)
    data = planted(sigma=sigma, squared_error=np.arange(9.0))
    assert "the same for every input" in reason("sigma_error_correlation", data)


@settings(deadline=None, max_examples=40)
@given(arrays(float, st.tuples(st.integers(2, 20), st.just(2)), elements=st.integers(0, 5)))
def test_the_correlation_is_spearman_s(values) -> None:
    sigma, error = values.T
    data = planted(sigma=sigma, squared_error=error)
    if np.ptp(sigma) == 0 or np.ptp(error) == 0:
        assert "the same for every input" in reason("sigma_error_correlation", data)
        return
    expected = stats.spearmanr(sigma, error).statistic
    assert measured("sigma_error_correlation", data) == pytest.approx(expected)


def test_planted_sigma() -> None:
    data = planted(
        sigma=np.array([0.1, 0.2, 0.3, np.nan]),
        squared_error=np.array([1.0, 4, 9, 0]),
        at_bound=np.array([0, 0.5, 1, 1]),
    )
    assert measured("sigma_error_correlation", data) == pytest.approx(1)
    assert measured("sigma_at_bound", data) == 0.5
    for name in ("sigma_error_correlation", "sigma_at_bound"):
        none = planted(sigma=np.full(3, np.nan), squared_error=np.ones(3), at_bound=np.zeros(3))
        assert reason(name, none) == reason(name, planted()) == "the likelihood has no σ"
