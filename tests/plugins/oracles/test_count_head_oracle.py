"""Likelihoods of counts against SciPy, and what their size factor, blends and samples promise."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.heads._count_terms import negative_binomial_nll, poisson_nll
from rcmvae_plugins.heads.negative_binomial import negative_binomial, zero_inflated_negative_binomial
from rcmvae_plugins.heads.params import NegativeBinomialParams, PoissonParams
from rcmvae_plugins.heads.poisson import poisson
from scipy import special, stats

from rcmvae_core.plugin.protocols import Units

COUNTS = np.array([0, 1, 2, 7, 8, 9, 50, 1e3, 1e4, 1e5])
MEANS = np.log([1e-3, 0.5, 1, 10, 1e3, 99_000, 1e5, 1e6]).astype(np.float32)
THETAS = np.log([1e-4, 1e-2, 0.3, 1, 5, 1e3, 1e4]).astype(np.float32)
UNITS = Units(spread=(8.0,), total=40.0)


def test_poisson_is_scipys():
    counts, log_mean = np.meshgrid(COUNTS, MEANS)
    nll = poisson_nll(*map(jnp.float32, (counts, log_mean)))
    expected = -stats.poisson.logpmf(counts, np.exp(log_mean.astype(float)))
    np.testing.assert_allclose(nll, expected, rtol=1e-5)


def test_negative_binomial_is_scipys():
    counts, log_mean, log_theta = np.meshgrid(COUNTS, MEANS, THETAS)
    nll = negative_binomial_nll(*map(jnp.float32, (counts, log_mean, log_theta)))
    mean, theta = np.exp(log_mean.astype(float)), np.exp(log_theta.astype(float))
    np.testing.assert_allclose(nll, -stats.nbinom.logpmf(counts, theta, theta / (theta + mean)), rtol=1e-5)


def test_gradients_are_those_of_the_closed_form():
    """d/d log m = θ (m - v) / (θ + m), and d/d log θ by the digamma function."""
    counts, log_mean, log_theta = (each.ravel() for each in np.meshgrid(COUNTS, MEANS, THETAS))
    gradient = jax.jit(jax.vmap(jax.grad(negative_binomial_nll, (0, 1, 2))))
    by_count, by_mean, by_theta = gradient(jnp.float32(counts), log_mean, log_theta)
    m, t = np.exp(log_mean.astype(float)), np.exp(log_theta.astype(float))
    np.testing.assert_allclose(by_mean, t * (m - counts) / (t + m), rtol=2e-3, atol=1e-3)
    digamma = special.digamma(t) - special.digamma(counts + t)
    expected = t * (digamma + np.log1p(m / t) + (counts - m) / (t + m))
    np.testing.assert_allclose(by_theta, expected, rtol=2e-3, atol=2e-3)
    assert np.isfinite(by_count).all()
    assert all(np.isfinite(each).all() for each in jax.vmap(jax.grad(poisson_nll, (0, 1)))(counts, log_mean))


HEADS = {
    "poisson": lambda context, size: poisson(PoissonParams(size=size), context),
    "shared": lambda context, size: negative_binomial(NegativeBinomialParams(size, "shared"), context),
    "predicted": lambda context, size: negative_binomial(NegativeBinomialParams(size, "predicted"), context),
    "zeros": lambda context, size: zero_inflated_negative_binomial(NegativeBinomialParams(size), context),
}


def built(make_context, name, size, units=UNITS, shape=(4, 5, 7)):
    """A head, its parameters away from their start, and its likelihood of some features."""
    head = HEADS[name](make_context(units=units), size)
    features = jnp.asarray(np.random.default_rng(0).normal(0, 1, shape), jnp.float32)
    params = jax.tree.map(
        lambda a: a + 0.3 * jnp.cos(jnp.arange(a.size)).reshape(a.shape),
        head.init(jax.random.key(0), features),
    )
    return head, head.apply(params, features)


def means(likelihood, log_size):
    return np.exp(np.asarray(likelihood.log_share, float) + np.asarray(log_size, float))


def pmf(name, likelihood, counts, log_size):
    """The probability of counts by SciPy, [B, M, *x]."""
    m = means(likelihood, log_size)
    if name == "poisson":
        return stats.poisson.pmf(counts, m)
    theta = np.exp(np.asarray(likelihood.log_theta, float))
    p = stats.nbinom.pmf(counts, theta, theta / (theta + m))
    if likelihood.zero is None:
        return p
    zero = special.expit(np.asarray(likelihood.zero, float))
    return zero * (counts == 0) + (1 - zero) * p


@pytest.mark.parametrize("size", ["input", "none"])
@pytest.mark.parametrize("name", HEADS)
def test_a_head_is_the_sum_over_features_of_scipys(make_context, name, size):
    """Counts come from x by the units, and their sum is the size, also for an input without counts."""
    head, likelihood = built(make_context, name, size)
    counts = np.random.default_rng(1).poisson(3, (4, 2, 3, 1)).astype(np.float32)
    counts[0] = 0
    log_size = np.log(np.maximum(counts.sum(axis=(1, 2, 3)), 1e-6)) if size == "input" else np.zeros(4)
    nll = head.negative_log_likelihood(likelihood, jnp.asarray(counts / 8), jnp.ones((4, 5)) / 5)
    expected = -np.log(pmf(name, likelihood, counts[:, None], log_size.reshape(4, 1, 1, 1, 1))).sum(
        axis=(2, 3, 4)
    )
    np.testing.assert_allclose(nll, expected, rtol=1e-5, atol=1e-5)
    if size == "input":
        shares = np.exp(likelihood.log_share).sum(axis=(2, 3, 4))
        np.testing.assert_allclose(shares, 1, rtol=1e-5)
        reconstructed = head.mean(head.observe(likelihood, jnp.asarray(counts / 8)))
        if name != "zeros":
            np.testing.assert_allclose(
                8 * reconstructed.sum(axis=(2, 3, 4))[1:],
                counts.sum(axis=(1, 2, 3))[1:, None].repeat(5, 1),
                rtol=1e-5,
            )
            np.testing.assert_allclose(8 * head.mean(likelihood).sum(axis=(2, 3, 4)), 40, rtol=1e-5)


@pytest.mark.parametrize("name", HEADS)
def test_samples_are_counts_with_the_frequencies_of_the_likelihood(make_context, name):
    head, likelihood = built(make_context, name, "none", shape=(1, 2, 7))
    keys = jax.random.split(jax.random.key(1), 1000)
    draws = 8 * np.asarray(jax.jit(jax.vmap(lambda key: head.sample(likelihood, key)))(keys))
    assert (draws == np.floor(draws)).all()
    assert (draws >= 0).all()
    for count in (0, 1, 4):
        p = pmf(name, likelihood, count, 0.0)
        error = np.sqrt(p * (1 - p) / len(keys)) + 1 / len(keys)
        assert (np.abs((draws == count).mean(axis=0) - p) < 5 * error).all(), count


@pytest.mark.parametrize("units", [UNITS, Units(spread=(3.0,), is_log=True)])
@pytest.mark.parametrize("name", HEADS)
def test_the_mean_of_a_blend_is_the_weighted_mean_of_the_counts(make_context, name, units):
    head, likelihood = built(make_context, name, "none", units)
    weights = jnp.asarray(np.random.default_rng(2).dirichlet(np.ones(5), 4), jnp.float32)
    blended = units.values(head.mean(head.blend(likelihood, weights)))
    expected = np.einsum("bm,bmhwc->bhwc", weights, units.values(head.mean(likelihood)))
    np.testing.assert_allclose(blended[:, 0], expected, rtol=1e-4)
    alone = head.blend(likelihood, jnp.eye(5)[:4])
    x = jnp.ones((4, 2, 3, 1)) / 8
    own = head.negative_log_likelihood(likelihood, x, weights)[jnp.arange(4), jnp.arange(4)]
    np.testing.assert_allclose(head.negative_log_likelihood(alone, x, jnp.ones((4, 1)))[:, 0], own, rtol=1e-4)


def test_theta_at_a_bound_is_reported(make_context):
    params = NegativeBinomialParams(theta="predicted", theta_min=0.5, theta_max=2.0)
    head = negative_binomial(params, make_context())
    features = jnp.ones((1, 2, 7))
    likelihood = head.apply(head.init(jax.random.key(0), features), features)
    np.testing.assert_allclose(likelihood.log_theta, 0)
    np.testing.assert_array_equal(head.at_bound(likelihood), 0)
    bound = likelihood._replace(log_theta=likelihood.log_theta.at[0, 0, 0].set(np.log(2.0)))
    np.testing.assert_allclose(head.at_bound(bound), [[0.5, 0]])


def test_bounds_of_theta_are_checked():
    with pytest.raises(ValueError, match="`theta_start` must be greater than `theta_min`, 2"):
        NegativeBinomialParams(theta_min=2.0)
