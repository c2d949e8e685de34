"""τ against counting, and the absence of its gradients."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.classifiers.params import TauParams
from rcmvae_plugins.classifiers.tau import tau

K, Y, L, N = 5, 4, 3, 12
LABELS = jnp.array([2, 0, 2])
SOFT = jnp.asarray(np.random.default_rng(0).dirichlet(np.ones(K), L), jnp.float32)
HARD = jax.nn.one_hot(jnp.array([4, 1, 1]), K)


def enumerate_counts(q, labels):
    counts = np.zeros((K, Y))
    for responsibilities, label in zip(np.asarray(q), np.asarray(labels), strict=True):
        for channel in range(K):
            if label >= 0:
                counts[channel, label] += responsibilities[channel]
    return counts


@pytest.mark.parametrize("q", [SOFT, HARD], ids=["soft", "hard"])
@pytest.mark.parametrize("decay", [0.0, 0.95])
def test_update_is_the_running_mean_of_scaled_counts(make_context, q, decay):
    classifier = tau(TauParams(decay=decay), make_context())
    state = jax.random.uniform(jax.random.key(1), (K, Y))
    expected = decay * np.asarray(state) + (1 - decay) * enumerate_counts(q, LABELS) * N / L
    np.testing.assert_allclose(jax.jit(classifier.update)(state, q, LABELS), expected, rtol=1e-5, atol=1e-6)


def test_the_state_settles_at_the_counts_of_all_labelled_examples(make_context):
    q = jnp.asarray(np.random.default_rng(2).dirichlet(np.ones(K), N), jnp.float32)
    labels = jnp.arange(N) % Y
    classifier = tau(TauParams(decay=0.5), make_context())
    state, update = classifier.init(), jax.jit(classifier.update)
    for _ in range(30):
        state = update(state, q, labels)
    np.testing.assert_allclose(state, enumerate_counts(q, labels), rtol=1e-4)
    np.testing.assert_allclose(state.sum(), N, rtol=1e-5)


@pytest.mark.parametrize("alpha", [1e-6, 0.05, 10.0])
def test_tau_is_smoothed_and_normalised_by_row(make_context, alpha):
    classifier = tau(TauParams(alpha=alpha), make_context())
    state = jnp.asarray(enumerate_counts(HARD, LABELS), jnp.float32)
    actual, counts = np.asarray(classifier.tau(state)), np.asarray(state, np.float64)
    for channel in range(K):
        for label in range(Y):
            expected = (counts[channel, label] + alpha) / (counts[channel].sum() + Y * alpha)
            np.testing.assert_allclose(actual[channel, label], expected, rtol=1e-5)
    np.testing.assert_allclose(classifier.tau(classifier.init()), np.full((K, Y), 1 / Y), rtol=1e-6)


def test_prediction_is_the_sum_over_channels(make_context):
    classifier = tau(TauParams(), make_context())
    state = jnp.asarray(enumerate_counts(SOFT, LABELS), jnp.float32)
    actual, table, q = classifier.predict(state, SOFT), np.asarray(classifier.tau(state)), np.asarray(SOFT)
    expected = [[sum(q[b, c] * table[c, y] for c in range(K)) for y in range(Y)] for b in range(L)]
    np.testing.assert_allclose(actual, expected, rtol=1e-5)
    np.testing.assert_allclose(actual.sum(1), 1, rtol=1e-5)


def test_an_unknown_label_counts_nothing(make_context):
    classifier = tau(TauParams(decay=0.0), make_context())
    state = classifier.update(classifier.init(), HARD, jnp.array([2, -1, 2]))
    np.testing.assert_allclose(state, enumerate_counts(HARD, jnp.array([2, -1, 2])) * N / L, rtol=1e-6)


def test_tau_carries_no_gradient(make_context):
    classifier = tau(TauParams(), make_context())
    state = jnp.asarray(enumerate_counts(SOFT, LABELS), jnp.float32)
    updated = jax.grad(lambda q: (classifier.update(state, q, LABELS) ** 2).sum())(SOFT)
    mapped = jax.grad(lambda s: (classifier.tau(s) ** 2).sum())(state)
    predicted = jax.grad(lambda q: (classifier.predict(state, q) ** 2).sum())(SOFT)
    assert (updated == 0).all()
    assert (mapped == 0).all()
    assert (predicted != 0).any()


def test_float32_and_shapes(make_context):
    classifier = tau(TauParams(), make_context())
    state = jax.eval_shape(classifier.update, classifier.init(), SOFT, LABELS)
    assert (state.shape, state.dtype) == ((K, Y), jnp.float32)
    assert jax.eval_shape(classifier.predict, state, SOFT).shape == (L, Y)
