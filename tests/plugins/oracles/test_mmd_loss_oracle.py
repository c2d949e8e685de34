"""The MMD of latents from the prior against loops, and its unbiasedness by Monte Carlo."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.losses.mmd import mmd
from rcmvae_plugins.losses.params import MmdParams

B, K, D = 6, 5, 3
RNG = np.random.default_rng(0)
Q = jnp.asarray(RNG.dirichlet(np.ones(K), B), jnp.float32)
LATENTS = jnp.asarray(RNG.normal(0.5, 1.5, (B, K, D)), jnp.float32)
SAMPLES = jnp.asarray(RNG.normal(size=(B, K, D)), jnp.float32)
ACTIVE = jnp.array([True, True, False, True, False])
kernels = pytest.mark.parametrize("kernel", ["imq", "rbf"])


def kernel_of(params, a, b):
    u = [((a - b) ** 2).sum() / (2 * len(a) * h**2) for h in params.bandwidths]
    return np.mean([np.exp(-v) if params.kernel == "rbf" else 1 / (1 + v) for v in u])


def loop(params, z, y, q):
    """The documented sum for one channel, pair by pair, times the channel's share of the batch."""
    w, count = q / q.sum(), len(z)
    pairs = [(i, j) for i in range(count) for j in range(count) if i != j]
    F = 1 - (w**2).sum()
    within = sum(w[i] * w[j] * kernel_of(params, z[i], z[j]) for i, j in pairs)
    prior = np.mean([kernel_of(params, y[i], y[j]) for i, j in pairs])
    across = np.mean([sum(w[i] * kernel_of(params, z[i], other) for i in range(count)) for other in y])
    return q.mean() * (within + F * (prior - 2 * across))


def fixed(key, count):
    del key
    return SAMPLES[:count]


@kernels
def test_a_latent_for_each_channel_is_the_loop(make_context, make_inputs, kernel):
    params = MmdParams(kernel=kernel, bandwidths=(0.7, 2.0))
    inputs = make_inputs(B, latents=LATENTS, log_responsibilities=jnp.log(Q), sample=fixed)
    actual = mmd(params, make_context())(inputs)
    z, y, q = (np.asarray(a, np.float64) for a in (LATENTS, SAMPLES, Q))
    expected = sum(loop(params, z[:, c], y[:, c], q[:, c]) for c in range(K))
    np.testing.assert_allclose(actual, [expected] * B, rtol=1e-4)


@kernels
def test_one_latent_for_all_is_the_loop_over_samples_of_one_channel(make_context, make_inputs, kernel):
    params = MmdParams(kernel=kernel)
    log_pi = jnp.where(jnp.arange(K) == 3, 0.0, -1e9)
    inputs = make_inputs(
        B, latents=LATENTS[:, :1], log_responsibilities=jnp.log(Q), log_pi=log_pi, sample=fixed
    )
    actual = mmd(params, make_context(layout="shared"))(inputs)
    z, y = (np.asarray(a, np.float64) for a in (LATENTS[:, 0], SAMPLES[:, 3]))
    np.testing.assert_allclose(actual, [loop(params, z, y, np.ones(B))] * B, rtol=1e-4)


KEY = jax.random.key(7)


def normal(key, count):
    return jax.random.normal(key, (count, K, D))


def of_key(make_inputs, layout):
    """Latents from the prior, scaled and moved, under responsibilities that do not depend on them."""
    centres = jnp.linspace(-3, 3, K)[:, None]
    log_pi = jnp.log(jnp.array([0.4, 0.1, 0.2, 0.05, 0.25]))

    def mixed(key, count):
        return normal(key, count) + centres

    def make(key, scale=1.0, shift=0.0):
        latent_key, channel_key, term_key = jax.random.split(key, 3)
        shared = layout == "shared"
        z = (mixed if shared else normal)(latent_key, B)
        if shared:
            c = jax.random.categorical(channel_key, log_pi, shape=(B,))
            z = jnp.take_along_axis(z, c[:, None, None], axis=1)
        log_q = jnp.log(Q)
        return make_inputs(
            B,
            latents=scale * z + shift,
            log_responsibilities=log_q,
            log_pi=log_pi,
            key=term_key,
            sample=mixed if shared else normal,
        )

    return make


@kernels
@pytest.mark.parametrize("layout", ["decentralized", "shared"])
def test_it_is_zero_on_average_at_the_prior_and_positive_elsewhere(make_context, make_inputs, kernel, layout):
    term = mmd(MmdParams(kernel=kernel), make_context(layout=layout))
    inputs_of = of_key(make_inputs, layout)
    keys = jax.random.split(KEY, 2000)

    @jax.jit
    def draws(scale, shift):
        return jax.vmap(lambda key: term(inputs_of(key, scale, shift))[0])(keys)

    def average(scale, shift):
        values = np.asarray(draws(scale, shift), np.float64)
        return values.mean(), values.std() / np.sqrt(len(values))

    mean, error = average(1.0, 0.0)
    assert abs(mean) < 4 * error
    for scale, shift in ((1.0, 1.5), (0.1, 0.0)):
        mean, error = average(scale, shift)
        assert mean > 4 * error


def test_descent_moves_latents_to_the_prior_and_no_responsibilities(make_context, make_inputs):
    term = mmd(MmdParams(), make_context())

    def value(latents, logits):
        log_q = jax.nn.log_softmax(logits)
        return term(make_inputs(B, latents=latents, log_responsibilities=log_q, sample=fixed)).mean()

    far = LATENTS + 2
    value = jax.jit(value)
    z_gradient, q_gradient = jax.jit(jax.grad(value, argnums=(0, 1)))(far, jnp.log(Q))
    assert value(far - 0.5 * z_gradient, jnp.log(Q)) < value(far, jnp.log(Q))
    assert (q_gradient == 0).all()


@kernels
@pytest.mark.parametrize("scale", [0.0, 1e6])
def test_gradients_are_finite_at_extremes_and_none_for_locked_channels(
    make_context, make_inputs, kernel, scale
):
    term = mmd(MmdParams(kernel=kernel), make_context())
    # One input holds channel 0 alone, and nobody channel 1.
    log_q = jnp.where(ACTIVE, jax.nn.log_softmax(jnp.where(ACTIVE, jnp.zeros((B, K)), -1e9)), -1e9)
    log_q = log_q.at[:, 1].set(-jnp.inf).at[1:, 0].set(-jnp.inf)

    def value(latents):
        inputs = make_inputs(B, latents=latents, log_responsibilities=log_q, active=ACTIVE, sample=fixed)
        return term(inputs).mean()

    actual, gradient = jax.value_and_grad(value)(scale * LATENTS)
    assert jnp.isfinite(actual)
    assert np.isfinite(gradient).all()
    assert (gradient[:, [0, 1, 2, 4]] == 0).all()


def test_the_sample_and_the_choice_of_channels_follow_the_terms_key(make_context, make_inputs):
    term = mmd(MmdParams(), make_context(layout="shared"))
    inputs = of_key(make_inputs, "shared")(KEY)
    again, other = (term(inputs._replace(key=jax.random.key(seed))) for seed in (1, 2))
    assert jnp.array_equal(again, term(inputs._replace(key=jax.random.key(1))))
    assert not jnp.array_equal(again, other)


def test_a_batch_of_one_says_nothing(make_context, make_inputs):
    inputs = make_inputs(1, latents=LATENTS[:1], log_responsibilities=jnp.log(Q[:1]), sample=fixed)
    assert mmd(MmdParams(), make_context())(inputs) == 0
