"""Scores against loops, and their invariances."""

from __future__ import annotations

import numpy as np
import pytest
from rcmvae_plugins.scores._quantile import quantile
from rcmvae_plugins.scores.confidence import channel, channel_entropy, label
from rcmvae_plugins.scores.fisher import fisher
from rcmvae_plugins.scores.likelihood import elbo, reconstruction
from rcmvae_plugins.scores.mixed import mixed
from rcmvae_plugins.scores.params import FisherParams, MixedParams
from rcmvae_plugins.scores.relative_error import detail, unexplained
from scipy import stats

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import ForwardStats, ScoreInputs

K, Y, N, T = 5, 3, 7, 40


def outcome(count, seed):
    rng = np.random.default_rng(seed)
    q = rng.dirichlet(np.full(K, 0.4), count)
    numbers = {name: rng.uniform(1, 30, count) for name in ForwardStats._fields[3:]}
    return ForwardStats(q, q @ TAU, rng.normal(size=(count, 2)), **numbers)


TAU = np.random.default_rng(9).dirichlet(np.full(Y, 0.3), K)
INPUTS = ScoreInputs(outcome(N, 1), outcome(T, 2), TAU)
Q = INPUTS.stats.responsibilities


def built(make, context, params=None):
    return make(params or NoParams(), context())


def test_channel_and_label_are_far_from_certain(make_context) -> None:
    for i, actual in enumerate(built(channel, make_context)(INPUTS)):
        assert actual == pytest.approx(1 - max(Q[i, c] * max(TAU[c]) for c in range(K)))
    for i, actual in enumerate(built(label, make_context)(INPUTS)):
        assert actual == pytest.approx(1 - max(sum(Q[i, c] * TAU[c, y] for c in range(K)) for y in range(Y)))


def test_two_channels_of_one_label_are_doubt_to_channel_and_none_to_label(make_context) -> None:
    certain = np.eye(Y)[[0, 0, 1, 1, 2]]
    shared = INPUTS.stats._replace(responsibilities=np.array([[0.5, 0.5, 0, 0, 0]]))
    inputs = ScoreInputs(shared, INPUTS.training, certain)
    assert built(channel, make_context)(inputs) == pytest.approx(0.5)
    assert built(label, make_context)(inputs) == pytest.approx(0)


@pytest.mark.parametrize(
    ("make", "value"),
    [(reconstruction, lambda o: o.negative_log_likelihood),
     (elbo, lambda o: o.negative_log_likelihood + o.kl_latent + o.kl_channel)],
)  # fmt: skip
def test_likelihoods_are_quantiles_of_the_training_data(make_context, make, value) -> None:
    own, training = value(INPUTS.stats), value(INPUTS.training)
    by_hand = [np.mean([1.0 * (t < v) + 0.5 * (t == v) for t in training]) for v in own]
    np.testing.assert_allclose(built(make, make_context)(INPUTS), by_hand)
    itself = built(make, make_context)(INPUTS._replace(stats=INPUTS.training))
    np.testing.assert_allclose(np.sort(itself), (np.arange(T) + 0.5) / T)


def test_quantiles_of_equals_count_half() -> None:
    assert quantile([1, 2, 3], [2, 2, 2, 3]).tolist() == [0, 0.375, 0.875]


def test_mixed_weighs_two_quantiles(make_context) -> None:
    first, second = built(unexplained, make_context), built(label, make_context)
    score = built(mixed, make_context, MixedParams(first, second, weight=0.3))
    on_training = INPUTS._replace(stats=INPUTS.training)
    a, b = (quantile(part(INPUTS), part(on_training)) for part in (first, second))
    np.testing.assert_allclose(score(INPUTS), 0.3 * a + 0.7 * b)


def test_channel_entropy_is_that_of_scipy_and_zero_where_a_channel_is_certain(make_context) -> None:
    score = built(channel_entropy, make_context)
    np.testing.assert_allclose(score(INPUTS), stats.entropy(Q, axis=1))
    certain = INPUTS._replace(stats=INPUTS.stats._replace(responsibilities=np.eye(K, dtype=np.float32)))
    assert score(certain).tolist() == [0.0] * K


def test_fisher_adds_the_logarithms_of_p_values(make_context) -> None:
    parts = (built(unexplained, make_context), built(elbo, make_context))
    actual = built(fisher, make_context, FisherParams(parts))(INPUTS)
    on_training = INPUTS._replace(stats=INPUTS.training)
    for i in range(N):
        p = [np.mean([t >= part(INPUTS)[i] for t in part(on_training)]) + 1 / (2 * T) for part in parts]
        assert actual[i] == pytest.approx(stats.combine_pvalues(np.minimum(p, 1), "fisher").statistic / 2)


def test_fisher_finds_what_is_rare_by_one_score_alone(make_context) -> None:
    """Of 1,000 training inputs: rarer than all by one score and usual by the other, or somewhat rare by both."""
    columns = {"negative_log_likelihood": np.arange(1000.0), "squared_error": np.arange(1000.0)[::-1]}
    training = outcome(1000, 5)._replace(**columns, kl_latent=np.zeros(1000), kl_channel=np.zeros(1000))
    given = outcome(2, 6)._replace(
        negative_log_likelihood=np.array([2000.0, 799.5]), squared_error=np.array([499.5, 799.5])
    )
    first, second = (lambda i: i.stats.negative_log_likelihood), (lambda i: i.stats.squared_error)
    score = built(fisher, make_context, FisherParams((first, second)))
    one, both = score(ScoreInputs(given, training, TAU))
    assert one > both
    assert one == pytest.approx(-np.log(1 / 2000) - np.log(0.5005))


def test_unexplained_is_one_minus_r2_and_detail_an_error_in_units_of_edges(make_context) -> None:
    rng = np.random.default_rng(3)
    x = rng.uniform(size=(N, 4, 5))
    mean = 0.5 * x + 0.2
    variation = np.array([sum((p - one.mean()) ** 2 for p in one.ravel()) for one in x])
    edges = np.zeros(N)
    for i in range(N):
        for r in range(4):
            for c in range(5):
                edges[i] += (x[i, r, c] - x[i, r + 1, c]) ** 2 if r < 3 else 0
                edges[i] += (x[i, r, c] - x[i, r, c + 1]) ** 2 if c < 4 else 0
    errors = np.square(x - mean).sum(axis=(1, 2))
    inputs = INPUTS._replace(
        stats=INPUTS.stats._replace(squared_error=errors, variation=variation, detail=edges)
    )
    np.testing.assert_allclose(built(unexplained, make_context)(inputs), errors / variation, rtol=1e-2)
    np.testing.assert_allclose(built(detail, make_context)(inputs), errors / edges, rtol=0.1)


def test_what_is_unexplained_does_not_depend_on_contrast_as_an_error_does(make_context) -> None:
    faint = INPUTS.stats._replace(
        squared_error=0.01 * INPUTS.stats.squared_error, variation=0.01 * INPUTS.stats.variation
    )
    score = built(unexplained, make_context)
    np.testing.assert_allclose(score(INPUTS._replace(stats=faint)), score(INPUTS), rtol=0.1)
