"""KL, π and samples of the priors against numpy, scipy and Monte Carlo."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.priors._normal import kl_between, kl_to_standard_normal, log_density
from rcmvae_plugins.priors.mixture import mixture
from rcmvae_plugins.priors.params import MixtureParams
from rcmvae_plugins.priors.standard import standard
from scipy import stats

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import EncoderOutput


def analytic(mean, log_var):
    inference = EncoderOutput(jnp.zeros((mean.shape[0], 1)), mean, log_var)
    return kl_to_standard_normal({}, inference, latents=None, encode=None, active=None, key=None)


def draw(shape):
    mean_key, var_key = jax.random.split(jax.random.key(1))
    return jax.random.normal(mean_key, shape), jax.random.normal(var_key, shape)


def test_kl_closed_form():
    mean, log_var = draw((4, 5, 3))
    m, v = np.asarray(mean, np.float64), np.exp(np.asarray(log_var, np.float64))
    np.testing.assert_allclose(analytic(mean, log_var), ((m**2 + v - 1 - np.log(v)) / 2).sum(-1), rtol=1e-5)


def test_kl_monte_carlo():
    mean, log_var = (np.asarray(a, np.float64) for a in draw((2, 3, 2)))
    std, draws = np.exp(log_var / 2), 40_000
    z = mean + std * np.random.default_rng(0).standard_normal((draws, *mean.shape))
    ratio = (stats.norm.logpdf(z, mean, std) - stats.norm.logpdf(z)).sum(-1)
    error = ratio.std(0) / np.sqrt(draws)
    exact = analytic(jnp.float32(mean), jnp.float32(log_var))
    assert (np.abs(ratio.mean(0) - exact) < 4 * error).all()


def test_log_density_is_scipys_joint_density():
    (mean, log_var), z = draw((4, 5, 3)), jax.random.normal(jax.random.key(2), (4, 5, 3))
    expected = stats.norm.logpdf(z, mean, np.exp(np.asarray(log_var, np.float64) / 2)).sum(-1)
    np.testing.assert_allclose(log_density(z, mean, log_var), expected, rtol=1e-5)


def test_kl_between_gaussians_is_that_of_full_covariances():
    (mean, log_var), (other, other_log_var) = draw((4, 3)), (jnp.ones(3), jnp.array([-1.0, 0.0, 2.0]))
    actual = kl_between(mean, log_var, other, other_log_var)
    for row in range(4):
        p, q = np.diag(np.exp(np.float64(other_log_var))), np.diag(np.exp(np.float64(log_var[row])))
        inverse, apart = np.linalg.inv(p), np.float64(other - mean[row])
        logs = np.linalg.slogdet(p)[1] - np.linalg.slogdet(q)[1]
        expected = (np.trace(inverse @ q) + apart @ inverse @ apart - 3 + logs) / 2
        np.testing.assert_allclose(actual[row], expected, rtol=1e-5)


def test_kl_near_the_prior_keeps_its_digits():
    tiny = jnp.full((1, 1, 1), 1e-3)
    kl = analytic(jnp.zeros_like(tiny), tiny)
    np.testing.assert_allclose(kl, (np.expm1(1e-3) - 1e-3) / 2, rtol=1e-3)


def test_kl_is_zero_at_the_prior_and_finite_far_from_it():
    zero = jnp.zeros((1, 1, 4))
    assert analytic(zero, zero).item() == 0
    for limit in (-10.0, 10.0):
        value, gradient = jax.value_and_grad(lambda v: analytic(zero, v).sum())(zero + limit)
        assert jnp.isfinite(value)
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize("pi", ["uniform", "learned"])
def test_mixture_pi_starts_uniform(make_context, pi):
    prior = mixture(MixtureParams(pi=pi), make_context())
    log_pi = prior.log_pi(prior.init(jax.random.key(0), jnp.zeros((2, 2, 3, 1))))
    np.testing.assert_allclose(log_pi, np.full(5, -np.log(5)), rtol=1e-6)


@pytest.mark.parametrize(("pi", "axes"), [("uniform", {}), ("learned", {"pi_logits": 0})])
def test_mixture_names_the_channel_axes_of_its_arrays(make_context, pi, axes):
    prior = mixture(MixtureParams(pi=pi), make_context())
    assert dict(prior.channel_axes) == axes
    assert prior.init(jax.random.key(0), jnp.zeros((2, 2, 3, 1))).keys() == axes.keys()
    assert dict(prior.learning_rates) == {}


def test_learned_pi_is_a_softmax_with_gradient(make_context):
    prior = mixture(MixtureParams(pi="learned"), make_context())
    params = {"pi_logits": jnp.arange(5.0)}
    expected = np.exp(np.arange(5)) / np.exp(np.arange(5)).sum()
    np.testing.assert_allclose(jnp.exp(prior.log_pi(params)), expected, rtol=1e-5)
    gradient = jax.grad(lambda p: prior.log_pi(p)[0])(params)["pi_logits"]
    np.testing.assert_allclose(gradient, np.eye(5)[0] - expected, atol=1e-6)


def test_standard_has_one_channel_of_probability_one(make_context):
    prior = standard(NoParams(), make_context(channels=1))
    assert prior.init(jax.random.key(0), jnp.zeros((1, 2, 3, 1))) == {}
    assert prior.log_pi({}).tolist() == [0.0]


@pytest.mark.parametrize("build", [lambda c: standard(NoParams(), c), lambda c: mixture(MixtureParams(), c)])
def test_samples_are_standard_normal(make_context, build):
    prior = build(make_context(channels=3, dim=2))
    sample = prior.sample({}, jax.random.key(3), 2_000, encode=None)
    assert sample.shape == (2_000, 3, 2)
    flat = np.asarray(sample, np.float64).reshape(2_000, -1)
    assert (np.abs(flat.mean(0)) < 4 / np.sqrt(2_000)).all()
    assert (np.abs(np.cov(flat.T) - np.eye(6)) < 4 * np.sqrt(2 / 2_000)).all()
