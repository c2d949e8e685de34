"""Likelihoods of the heads against scipy, enumeration and minimisation."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.heads import bernoulli as bernoulli_module
from rcmvae_plugins.heads.bernoulli import BernoulliLikelihood, bernoulli
from rcmvae_plugins.heads.gaussian import GaussianLikelihood, blend, gaussian, optimal_sigma
from rcmvae_plugins.heads.heteroscedastic import heteroscedastic
from rcmvae_plugins.heads.params import GaussianParams, HeteroscedasticParams
from scipy import stats
from scipy.optimize import minimize_scalar

from rcmvae_core.plugin.parameters import NoParams

SHAPE = (2, 3, 1)
PIXELS = math.prod(SHAPE)


def random_likelihood(batch=4, channels=5):
    return jnp.asarray(np.random.default_rng(1).normal(0, 2, (batch, channels, *SHAPE)), jnp.float32)


def random_weights(batch=4, channels=5):
    return jnp.asarray(np.random.default_rng(2).dirichlet(np.ones(channels), batch), jnp.float32)


def random_x(batch=4):
    return jnp.asarray(np.random.default_rng(3).uniform(size=(batch, *SHAPE)), jnp.float32)


HEADS = {
    "bernoulli": lambda context: bernoulli(NoParams(), context),
    "fixed": lambda context: gaussian(GaussianParams(mode="fixed", sigma=0.2), context),
    "learned": lambda context: gaussian(GaussianParams(mode="learned", sigma=0.2), context),
    "optimal": lambda context: gaussian(GaussianParams(mode="optimal", sigma=0.2), context),
    "sigma of an image": lambda context: heteroscedastic(HeteroscedasticParams(), context),
    "sigma of a pixel": lambda context: heteroscedastic(HeteroscedasticParams(scale="pixel"), context),
}
FEATURES = {"flat": (4, 5, 7), "spatial": (4, 5, 2, 3, 7), "one channel": (4, 1, 7)}


def test_bernoulli_nll_is_scipys_over_every_pixel():
    logits, x = random_likelihood(), np.round(random_x())
    nll = bernoulli_module.negative_log_likelihood(
        BernoulliLikelihood(logits), jnp.asarray(x), random_weights()
    )
    p = 1 / (1 + np.exp(-np.asarray(logits, np.float64)))
    expected = [[-stats.bernoulli.logpmf(x[b], p[b, m]).sum() for m in range(5)] for b in range(4)]
    np.testing.assert_allclose(nll, expected, rtol=1e-5)


def test_bernoulli_nll_of_grey_values_is_the_cross_entropy():
    logits, x = random_likelihood(), random_x()
    nll = bernoulli_module.negative_log_likelihood(BernoulliLikelihood(logits), x, random_weights())
    p, t = 1 / (1 + np.exp(-np.asarray(logits, np.float64))), np.asarray(x)[:, None]
    expected = -(t * np.log(p) + (1 - t) * np.log1p(-p)).sum(axis=(2, 3, 4))
    np.testing.assert_allclose(nll, expected, rtol=1e-5)


@pytest.mark.parametrize("logit", [-1e4, 0.0, 1e4])
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_bernoulli_is_finite_and_right_at_the_extremes(logit, target):
    def total(logits):
        likelihood = BernoulliLikelihood(logits)
        return bernoulli_module.negative_log_likelihood(
            likelihood, jnp.full((1, 1), target), jnp.ones((1, 1))
        ).sum()

    value, gradient = jax.jit(jax.value_and_grad(total))(jnp.full((1, 1, 1), logit))
    np.testing.assert_allclose(value, np.logaddexp(0, -logit if target else logit), rtol=1e-6)
    np.testing.assert_allclose(gradient.item(), (0.5 if logit == 0 else float(logit > 0)) - target, atol=1e-6)


def test_bernoulli_blend_is_the_mean_probability():
    logits, weights = random_likelihood(), random_weights()
    blended = bernoulli_module.mean(bernoulli_module.blend(BernoulliLikelihood(logits), weights))
    p = 1 / (1 + np.exp(-np.asarray(logits, np.float64)))
    expected = sum(np.asarray(weights)[:, m, None, None, None] * p[:, m] for m in range(5))
    np.testing.assert_allclose(blended[:, 0], expected, rtol=1e-5)


def test_bernoulli_blend_of_extremes_has_finite_gradients_and_none_for_weight_zero():
    logits = jnp.array([1e4, -1e4, 3.0]).reshape(1, 3, 1)

    def value(logits, weights):
        blended = bernoulli_module.blend(BernoulliLikelihood(logits), weights)
        ones = jnp.ones((1, 1))
        return bernoulli_module.negative_log_likelihood(blended, ones, ones).sum()

    weights = jnp.array([[0.5, 0.5, 0.0]])
    for_logits, for_weights = jax.jit(jax.grad(value, argnums=(0, 1)))(logits, weights)
    np.testing.assert_allclose(value(logits, weights), math.log(2), rtol=1e-5)
    assert jnp.isfinite(for_logits).all()
    assert jnp.isfinite(for_weights).all()
    assert for_logits[0, 2, 0] == 0


@pytest.mark.parametrize("columns", [1, 5])
def test_gaussian_nll_is_scipys_over_every_pixel(make_context, columns):
    head = HEADS["fixed"](make_context())
    mean, x = jax.nn.sigmoid(random_likelihood(channels=columns)), random_x()
    likelihood = GaussianLikelihood(mean, jnp.full((1, 1), 0.2))
    nll = head.negative_log_likelihood(likelihood, x, random_weights())
    assert nll.shape == (4, columns)
    x, mean = np.asarray(x), np.asarray(mean)
    expected = [[-stats.norm.logpdf(x[b], mean[b, m], 0.2).sum() for m in range(columns)] for b in range(4)]
    np.testing.assert_allclose(nll, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("columns", [1, 5])
def test_optimal_sigma_minimises_the_weighted_nll(make_context, columns):
    head = HEADS["optimal"](make_context())
    mean, x = np.asarray(jax.nn.sigmoid(random_likelihood(channels=columns))), np.asarray(random_x())
    weights = np.asarray(random_weights())

    def objective(log_sigma):
        log_p = stats.norm.logpdf(x[:, None], mean, np.exp(log_sigma)).sum(axis=(2, 3, 4))
        return -(weights * log_p).sum()

    best = minimize_scalar(objective, bounds=(-6, 3), method="bounded", options={"xatol": 1e-9})
    likelihood = GaussianLikelihood(jnp.asarray(mean), jnp.ones((1, 1)))
    nll = head.negative_log_likelihood(likelihood, jnp.asarray(x), jnp.asarray(weights))
    np.testing.assert_allclose((weights * nll).sum(), best.fun, rtol=1e-5)
    error = jnp.sum((x[:, None] - mean) ** 2, axis=(2, 3, 4))
    sigma = optimal_sigma(error, jnp.asarray(weights), PIXELS, 1e-3)
    np.testing.assert_allclose(sigma.item(), np.exp(best.x), rtol=1e-3)


def test_optimal_gradient_needs_none_through_sigma():
    x, weights, mean = random_x(), random_weights(), jax.nn.sigmoid(random_likelihood())

    def error(mean):
        return jnp.sum((x[:, None] - mean) ** 2, axis=(2, 3, 4))

    def with_sigma(mean):
        variance = (weights * error(mean)).sum() / (PIXELS * weights.sum())
        return (weights * (error(mean) / (2 * variance) + PIXELS * jnp.log(variance) / 2)).sum()

    def without(mean):
        sigma = optimal_sigma(error(mean), weights, PIXELS, 1e-3)
        return (weights * (error(mean) / (2 * sigma**2) + PIXELS * jnp.log(sigma))).sum()

    np.testing.assert_allclose(jax.grad(without)(mean), jax.grad(with_sigma)(mean), rtol=1e-3, atol=1e-5)


def test_optimal_sigma_stops_at_its_floor():
    sigma = optimal_sigma(jnp.zeros((2, 3)), jnp.full((2, 3), 1 / 3), PIXELS, 1e-2)
    np.testing.assert_allclose(sigma, [[1e-2]], rtol=1e-6)


def test_learned_sigma_starts_where_asked_and_gets_a_gradient(make_context):
    head = HEADS["learned"](make_context())
    features = jnp.ones((4, 5, 7))
    params = head.init(jax.random.key(0), features)
    np.testing.assert_allclose(head.apply(params, features).sigma, [[0.2]], rtol=1e-5)

    def loss(params):
        return head.negative_log_likelihood(head.apply(params, features), random_x(), random_weights()).sum()

    assert jax.jit(jax.grad(loss))(params)["raw_sigma"] != 0


def test_learned_sigma_never_falls_below_its_floor(make_context):
    head = gaussian(GaussianParams(mode="learned", sigma=0.2, sigma_min=0.05), make_context())
    features = jnp.ones((1, 1, 7))
    params = head.init(jax.random.key(0), features) | {"raw_sigma": jnp.float32(-1e4)}
    np.testing.assert_allclose(head.apply(params, features).sigma, [[0.05]], rtol=1e-6)


def test_learned_sigma_below_its_floor_is_refused():
    with pytest.raises(ValueError, match=r"`sigma` must be greater than `sigma_min`, 0\.2, got 0\.1"):
        GaussianParams(mode="learned", sigma=0.1, sigma_min=0.2)


def test_gaussian_blend_is_the_weighted_mean():
    mean, weights = random_likelihood(), random_weights()
    blended = blend(GaussianLikelihood(mean, jnp.ones((1, 1))), weights)
    expected = sum(np.asarray(weights)[:, m, None, None, None] * np.asarray(mean)[:, m] for m in range(5))
    np.testing.assert_allclose(blended.mean[:, 0], expected, rtol=1e-4, atol=1e-5)
    assert blended.mean.shape == (4, 1, *SHAPE)


def test_samples_have_the_mean_and_spread_of_the_likelihood(make_context):
    count, p = 20_000, jnp.array([0.1, 0.5, 0.9])
    logits = jnp.broadcast_to(jnp.log(p / (1 - p)), (count, 1, 3))
    drawn = np.asarray(bernoulli_module.sample(BernoulliLikelihood(logits), jax.random.key(0)))
    assert set(np.unique(drawn)) == {0.0, 1.0}
    assert (np.abs(drawn.mean(0)[0] - p) < 4 * np.sqrt(p * (1 - p) / count)).all()
    head = HEADS["fixed"](make_context())
    mean = jnp.broadcast_to(p, (count, 1, 3))
    drawn = np.asarray(head.sample(GaussianLikelihood(mean, jnp.full((1, 1), 0.2)), jax.random.key(0)))
    assert (np.abs(drawn.mean(0)[0] - p) < 4 * 0.2 / np.sqrt(count)).all()
    assert (np.abs(drawn.std(0)[0] - 0.2) < 4 * 0.2 / np.sqrt(2 * count)).all()


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("shape", FEATURES.values(), ids=FEATURES)
def test_every_head_keeps_its_contract(make_context, name, shape):
    head = HEADS[name](make_context())
    features = jnp.ones(shape)
    full = (4, shape[1], *SHAPE)

    @jax.eval_shape
    def everything():
        params = head.init(jax.random.key(0), features)
        likelihood = head.apply(params, features)
        blended = head.blend(likelihood, random_weights())
        return {
            "nll": head.negative_log_likelihood(likelihood, random_x(), random_weights()),
            "mean": head.mean(likelihood),
            "sample": head.sample(likelihood, jax.random.key(1)),
            "blended mean": head.mean(blended),
            "blended nll": head.negative_log_likelihood(blended, random_x(), jnp.ones((4, 1))),
            "params": params,
        }

    shapes = {name: array.shape for name, array in everything.items() if name != "params"}
    blended = {"blended mean": (4, 1, *SHAPE), "blended nll": (4, 1)}
    assert shapes == {"nll": full[:2], "mean": full, "sample": full} | blended
    assert {leaf.dtype for leaf in jax.tree.leaves(everything)} == {jnp.dtype("float32")}


@pytest.mark.parametrize("name", HEADS)
def test_a_blend_of_one_certain_channel_is_that_channel(make_context, name):
    head = HEADS[name](make_context())
    features = jax.random.normal(jax.random.key(5), (4, 5, 7))
    likelihood = head.apply(head.init(jax.random.key(0), features), features)
    blended = head.blend(likelihood, jnp.zeros((4, 5)).at[:, 2].set(1.0))
    np.testing.assert_allclose(head.mean(blended)[:, 0], head.mean(likelihood)[:, 2], rtol=1e-5)


@pytest.mark.parametrize("name", HEADS)
def test_features_of_other_places_are_refused(make_context, name):
    head = HEADS[name](make_context())
    with pytest.raises(ValueError, match=r"features, \(4, 4\), must be that of inputs, \(2, 3\)"):
        head.init(jax.random.key(0), jnp.ones((1, 1, 4, 4, 7)))


@pytest.mark.parametrize("name", HEADS)
def test_rows_of_numbers_are_inputs_too(make_context, name):
    head = HEADS[name](make_context(input_shape=(6,)))
    features = jnp.ones((2, 3, 7))
    likelihood = head.apply(head.init(jax.random.key(0), features), features)
    assert head.mean(likelihood).shape == (2, 3, 6)
    nll = head.negative_log_likelihood(likelihood, jnp.ones((2, 6)), jnp.full((2, 3), 1 / 3))
    assert nll.shape == (2, 3)
