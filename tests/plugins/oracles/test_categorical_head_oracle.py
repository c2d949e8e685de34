"""The categorical head against enumeration."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.heads.categorical import categorical
from rcmvae_plugins.heads.params import CategoricalParams

LEVELS = 4


@pytest.fixture
def head(make_context):
    return categorical(CategoricalParams(levels=LEVELS), make_context())


def likelihood_of(head, shape=(4, 5, 7)):
    features = jnp.asarray(np.random.default_rng(0).normal(0, 2, shape), jnp.float32)
    return head.apply(head.init(jax.random.key(0), features), features)


def probabilities(likelihood):
    logits = np.asarray(likelihood.logits, float)
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("shape", [(4, 5, 7), (4, 5, 2, 3, 7)])
def test_nll_and_mean_are_those_of_a_loop(head, shape):
    likelihood = likelihood_of(head, shape)
    p, levels = probabilities(likelihood), np.random.default_rng(1).integers(0, LEVELS, (4, 2, 3, 1))
    nll = head.negative_log_likelihood(
        likelihood, jnp.asarray(levels / (LEVELS - 1), jnp.float32), jnp.ones((4, 5))
    )
    expected = [
        [
            -sum(np.log(p[b, m, i, j, 0, levels[b, i, j, 0]]) for i in range(2) for j in range(3))
            for m in range(5)
        ]
        for b in range(4)
    ]
    np.testing.assert_allclose(nll, expected, rtol=1e-5)
    np.testing.assert_allclose(
        head.mean(likelihood), (p * np.arange(LEVELS)).sum(-1) / (LEVELS - 1), rtol=1e-5
    )


def test_probabilities_of_all_images_sum_to_one(make_context):
    head = categorical(CategoricalParams(levels=3), make_context(input_shape=(4,)))
    likelihood = likelihood_of(head, (1, 1, 7))
    images = np.stack(np.meshgrid(*[np.arange(3) / 2] * 4), axis=-1).reshape(-1, 1, 4)
    nll = jax.vmap(lambda x: head.negative_log_likelihood(likelihood, x, jnp.ones((1, 1))))(
        jnp.asarray(images)
    )
    assert float(jnp.exp(-nll).sum()) == pytest.approx(1, rel=1e-5)


def test_x_is_rounded_to_the_nearest_level_also_from_outside(head):
    likelihood = likelihood_of(head)
    exact, near = (
        head.negative_log_likelihood(likelihood, jnp.full((4, 2, 3, 1), value), jnp.ones((4, 5)))
        for value in (1.0, 0.9)
    )
    np.testing.assert_array_equal(exact, near)
    outside = head.negative_log_likelihood(likelihood, jnp.full((4, 2, 3, 1), 7.0), jnp.ones((4, 5)))
    np.testing.assert_array_equal(exact, outside)


def test_blend_is_the_mixture_and_samples_have_its_frequencies(head):
    likelihood = likelihood_of(head)
    weights = jnp.asarray(np.random.default_rng(2).dirichlet(np.ones(5), 4), jnp.float32)
    blended = head.blend(likelihood, weights)
    expected = np.einsum("bm,bmhwcl->bhwcl", weights, probabilities(likelihood))
    np.testing.assert_allclose(probabilities(blended)[:, 0], expected, rtol=1e-4, atol=1e-6)
    keys = jax.random.split(jax.random.key(3), 4000)
    draws = np.asarray(jax.jit(jax.vmap(lambda key: head.sample(blended, key)))(keys))[:, :, 0]
    for level in range(LEVELS):
        p = expected[..., level]
        error = np.sqrt(p * (1 - p) / len(keys)) + 1 / len(keys)
        assert (np.abs(np.isclose(draws, level / (LEVELS - 1)).mean(axis=0) - p) < 5 * error).all()
