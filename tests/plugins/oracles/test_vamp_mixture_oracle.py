"""The mixture around means of pseudo-inputs, and the priors of its weights and variances, against SciPy."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.losses.mixture_map import log_dirichlet, log_gamma, mixture_map
from rcmvae_plugins.losses.params import MixtureMapParams
from rcmvae_plugins.priors._pseudo_inputs import bounded
from rcmvae_plugins.priors.params import VampMixtureParams
from rcmvae_plugins.priors.vamp_mixture import vamp_mixture
from scipy import stats
from scipy.special import logsumexp

from rcmvae_core.model.param_paths import freeze_inactive
from rcmvae_core.plugin.protocols import EncoderOutput

SHAPE, K, D = (2, 3, 1), 5, 3
ALL = jnp.ones(K, bool)
ACTIVE = jnp.array([True, True, False, True, False])
SOME = np.flatnonzero(ACTIVE)
LAYOUTS = pytest.mark.parametrize("layout", ["shared", "decentralized"])


def encoder(posteriors):
    """A smooth encoder of inputs [n, 2, 3, 1] with random weights."""
    rng = np.random.default_rng(7)
    mean_w, var_w = (jnp.asarray(rng.normal(0, s, (6, posteriors * D)), jnp.float32) for s in (2.0, 0.7))

    def encode(x):
        flat, shape = x.reshape(len(x), -1) - 0.5, (len(x), posteriors, D)
        return EncoderOutput(
            jnp.zeros((len(x), K)), (flat @ mean_w).reshape(shape), (flat @ var_w - 0.5).reshape(shape)
        )

    return encode


def pictures(count, seed=0):
    return jnp.asarray(np.random.default_rng(seed).uniform(size=(count, *SHAPE)), jnp.float32)


def case(make_context, layout="shared", **fields):
    """A prior, its arrays with variances and weights of their own, its encoder, and an encoded batch."""
    context = make_context(layout=layout, dim=D, channels=K)
    prior, rng = vamp_mixture(VampMixtureParams(**fields), context), np.random.default_rng(3)
    arrays = prior.init(jax.random.key(1), pictures(40)) | {
        "log_var": jnp.asarray(rng.normal(0, 0.5, (K, D)), jnp.float32),
        "pi_logits": jnp.asarray(rng.normal(size=K), jnp.float32),
    }
    encode = encoder(context.posteriors)
    return prior, arrays, encode, encode(pictures(3, seed=9))


def gaussians(arrays, encode):
    """Mean and covariance of each component, by a loop."""
    output = encode(bounded(arrays["pseudo_inputs"]))
    means = [np.float64(output.mean[k, k % output.mean.shape[1]]) for k in range(K)]
    return means, [np.diag(np.exp(np.float64(v))) for v in arrays["log_var"]]


@LAYOUTS
def test_densities_are_scipys(make_context, layout):
    prior, arrays, encode, _ = case(make_context, layout)
    z = np.random.default_rng(5).normal(size=(4, 1 if layout == "shared" else K, D))
    actual = prior.log_prob(arrays, jnp.asarray(z, jnp.float32), encode=encode)
    means, covariances = gaussians(arrays, encode)
    expected = [
        [
            stats.multivariate_normal.logpdf(row[k % len(row)], means[k], covariances[k])
            for k in range(K)
        ]
        for row in z
    ]  # fmt: skip
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(prior.means(arrays, encode=encode), means, rtol=1e-5)


@LAYOUTS
def test_the_kl_is_the_mean_of_the_log_ratio(make_context, layout):
    prior, arrays, encode, inference = case(make_context, layout)
    actual = prior.kl(arrays, inference, latents=None, encode=encode, active=ALL, key=None)
    assert actual.shape == (3, K)
    means, covariances = gaussians(arrays, encode)
    rng, count = np.random.default_rng(2), 40_000
    for b in range(3):
        for k in range(K):
            own = k % inference.mean.shape[1]
            mean = np.float64(inference.mean)[b, own]
            covariance = np.diag(np.exp(np.float64(inference.log_var)[b, own]))
            z = rng.multivariate_normal(mean, covariance, count)
            ratio = stats.multivariate_normal.logpdf(z, mean, covariance)
            ratio -= stats.multivariate_normal.logpdf(z, means[k], covariances[k])
            assert abs(ratio.mean() - actual[b, k]) < 4.5 * ratio.std() / np.sqrt(count) + 1e-4


def test_the_terms_of_the_elbo_bound_the_kl_to_the_mixture(make_context):
    """With the posterior of c at a point instead of q(c|x) the bound is tight for a narrow q(z|x)."""
    prior, arrays, encode, inference = case(make_context)
    inference = inference._replace(log_var=jnp.full_like(inference.log_var, -18.0))
    kl = np.float64(prior.kl(arrays, inference, latents=None, encode=encode, active=ALL, key=None))
    log_pi = np.float64(prior.log_pi(arrays))
    log_joint = log_pi - kl
    log_q = log_joint - logsumexp(log_joint, axis=1, keepdims=True)
    tight = (np.exp(log_q) * (kl + log_q - log_pi)).sum(1)
    means, covariances = gaussians(arrays, encode)
    z, scale = np.float64(inference.mean)[:, 0], np.exp(-9.0)
    each = np.stack(
        [stats.multivariate_normal.logpdf(z, m, c) for m, c in zip(means, covariances, strict=True)]
    )
    entropy = D * stats.norm(scale=scale).entropy()
    np.testing.assert_allclose(tight, -entropy - logsumexp(log_pi[:, None] + each, axis=0), rtol=1e-4)
    uniform = (kl - np.log(K) - log_pi).mean(1)
    assert (uniform > tight).all()


@LAYOUTS
def test_samples_have_the_moments_of_the_components(make_context, layout):
    prior, arrays, encode, _ = case(make_context, layout)
    z = np.float64(prior.sample(arrays, jax.random.key(4), 4_000, encode=encode))
    assert z.shape == (4_000, K, D)
    means, covariances = gaussians(arrays, encode)
    std = np.sqrt([np.diag(c) for c in covariances])
    assert (np.abs(z.mean(0) - means) < 4 * std / np.sqrt(4_000)).all()
    assert (np.abs(z.std(0) / std - 1) < 4 / np.sqrt(8_000)).all()


@LAYOUTS
def test_locked_channels_get_no_gradient_and_active_ones_do(make_context, layout):
    prior, arrays, encode, inference = case(make_context, layout)

    def total(arrays):
        arrays = freeze_inactive(arrays, prior.channel_axes, ACTIVE)
        return prior.kl(arrays, inference, latents=None, encode=encode, active=ACTIVE, key=None).sum()

    gradient = jax.grad(total)(arrays)
    for name in ("pseudo_inputs", "log_var"):
        moved = jnp.any(gradient[name].reshape(K, -1) != 0, axis=1)
        assert moved.tolist() == ACTIVE.tolist()


def test_what_it_says_of_its_arrays(make_context):
    context = make_context(channels=K, dim=D)
    prior = vamp_mixture(VampMixtureParams(scale=0.5, learning_rate_factor=0.25), context)
    arrays = prior.init(jax.random.key(0), pictures(20))
    assert dict(prior.channel_axes) == {"pseudo_inputs": 0, "log_var": 0, "pi_logits": 0}
    assert dict(prior.learning_rates) == {"pseudo_inputs": 0.25}
    np.testing.assert_allclose(np.exp(arrays["log_var"] / 2), np.full((K, D), 0.5), rtol=1e-6)
    np.testing.assert_allclose(np.exp(prior.log_pi(arrays)), np.full(K, 0.2), rtol=1e-6)
    np.testing.assert_allclose(prior.pseudo_inputs(arrays), bounded(arrays["pseudo_inputs"]))


def masked(logits, active=ACTIVE):
    return jnp.where(active, jax.nn.log_softmax(jnp.where(active, logits, -1e9)), -1e9)


LOGITS = jnp.asarray(np.random.default_rng(1).normal(size=K), jnp.float32)


@pytest.mark.parametrize("concentration", [0.5, 2.0, 30.0])
def test_the_prior_of_the_weights_is_scipys(concentration):
    actual = log_dirichlet(masked(LOGITS), ACTIVE, concentration, 1e-6)
    pi = np.exp(np.float64(LOGITS)[SOME])
    expected = stats.dirichlet.logpdf(pi / pi.sum(), np.full(3, concentration / 3))
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


@pytest.mark.parametrize(("inputs", "scale"), [(0.2, 0.5), (10.0, 1.0), (40.0, 3.0)])
def test_the_prior_of_the_precisions_is_scipys(inputs, scale):
    precision = np.array([[0.02, 0.5], [1.0, 30.0]])
    actual = log_gamma(jnp.log(jnp.asarray(precision, jnp.float32)), inputs, scale)
    shape, rate = 1 + inputs / 2, inputs * scale**2 / 2
    np.testing.assert_allclose(
        actual, stats.gamma.logpdf(precision, shape, scale=1 / rate), rtol=1e-4, atol=1e-4
    )
    # As a Wishart of one dimension, and of the variance: an inverse Gamma, times the Jacobian of v = 1 / λ.
    wishart = [stats.wishart.logpdf(p, 2 * shape, 1 / (2 * rate)) for p in precision.ravel()]
    np.testing.assert_allclose(actual.ravel(), wishart, rtol=1e-4, atol=1e-4)
    inverse = stats.invgamma.logpdf(1 / precision, shape, scale=rate) - 2 * np.log(precision)
    np.testing.assert_allclose(actual, inverse, rtol=1e-4, atol=1e-4)


def penalty(make_context, make_inputs, log_pi, log_var, active=ACTIVE, **fields):
    term = mixture_map(MixtureMapParams(**fields), make_context(examples=40))
    return term(make_inputs(log_pi=log_pi, params={"prior": {"log_var": log_var}}, active=active))


def test_the_loss_is_both_for_each_training_input(make_context, make_inputs):
    log_var = jnp.asarray(np.random.default_rng(4).normal(size=(K, D)), jnp.float32)
    fields = {"concentration": 2.0, "floor": 1e-6, "inputs": 4.0, "scale": 0.7}
    actual = penalty(make_context, make_inputs, masked(LOGITS), log_var, **fields)
    pi, precision = np.exp(np.float64(LOGITS)[SOME]), np.exp(-np.float64(log_var)[SOME])
    expected = stats.dirichlet.logpdf(pi / pi.sum(), np.full(3, 2 / 3))
    expected += stats.gamma.logpdf(precision, 3.0, scale=1 / (2 * 0.49)).sum()
    np.testing.assert_allclose(actual, np.full(3, -expected / 40), rtol=1e-4)


def test_the_penalty_is_bounded_and_has_no_gradient_below_the_floor(make_context, make_inputs):
    fields = {"concentration": 1.0, "floor": 1e-3}

    def value(logits):
        log_pi = masked(logits, ALL)
        return penalty(make_context, make_inputs, log_pi, jnp.zeros((K, D)), ALL, **fields)[0]

    far, gradient = jax.value_and_grad(value)(jnp.array([5.0, 0.0, -1e4, -1e5, -20.0]))
    assert jnp.isfinite(far)
    assert jnp.abs(gradient[2:]).max() < 1e-9
    # A small weight above the floor is made smaller, and the largest larger.
    slope = jax.grad(value)(jnp.array([2.0, 0.0, 0.0, -1.0, -2.0]))
    assert slope[0] < 0 < slope[4]


def test_the_maximum_joins_prior_and_data():
    """σ² = (ν s² + n S) / (ν + n), which maximises the posterior of a component with n inputs of variance S."""
    inputs, scale, count, spread = 6.0, 0.5, 14, 2.0
    grid = np.linspace(0.05, 6, 40_000)
    log_likelihood = count / 2 * np.log(grid) - count * spread * grid / 2
    prior = np.asarray(log_gamma(jnp.log(jnp.asarray(grid, jnp.float32)), inputs, scale), np.float64)
    variance = 1 / grid[np.argmax(log_likelihood + prior)]
    np.testing.assert_allclose(variance, (inputs * scale**2 + count * spread) / (inputs + count), rtol=2e-3)
