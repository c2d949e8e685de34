"""Consistency losses against SciPy, with an augmentation and an encoder of the test."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.losses.consistency import channel_consistency, label_consistency
from rcmvae_plugins.losses.params import ChannelConsistencyParams, LabelConsistencyParams
from scipy.special import rel_entr

from rcmvae_core.plugin.protocols import EncoderOutput, LabelledBatch

B, F, K, Y = 4, 6, 5, 3
RNG = np.random.default_rng(0)
X = jnp.asarray(RNG.uniform(size=(B, F)), jnp.float32)
WEIGHTS = jnp.asarray(RNG.normal(0, 3, (F, K)), jnp.float32)
TAU = jnp.asarray(RNG.dirichlet(np.ones(Y), K), jnp.float32)
ACTIVE = jnp.array([True, True, False, True, False])
SOME = np.flatnonzero(ACTIVE)
KEY = jax.random.key(3)
KINDS = {
    "channel": (channel_consistency, ChannelConsistencyParams),
    "label": (label_consistency, LabelConsistencyParams),
}
both = pytest.mark.parametrize("kind", KINDS)


def infer(weights, x, low=-1e9):
    return jnp.where(ACTIVE, jax.nn.log_softmax(jnp.where(ACTIVE, x @ weights, low)), low)


def jitter(x, key):
    return jnp.clip(x + 0.3 * jax.random.normal(key, x.shape), 0, 1)


def nothing(x, key):
    del key
    return x


def negative(x, key):
    del key
    return 1 - x


@pytest.fixture
def value(make_context, make_inputs):
    """The term as a function of the weights of both passes, with x and with the augmented x."""

    def make(kind, augmentation, low=-1e9):
        build, params = KINDS[kind]
        term = build(params(augmentation=augmentation), make_context())
        empty = jnp.zeros((1, K, 2))
        labelled = LabelledBatch(
            EncoderOutput(empty[..., 0], empty, empty), empty[..., 0], jnp.array([0]), TAU
        )

        def at(weights, changed=WEIGHTS, x=X):
            inputs = make_inputs(
                x=x,
                key=KEY,
                labelled=labelled,
                active=ACTIVE,
                log_responsibilities=infer(weights, x, low),
                infer=lambda other: infer(changed, other, low),
            )
            return term(inputs)

        return at

    return make


def exact(kind, x, changed):
    def probabilities(x):
        q = np.asarray(jax.nn.softmax((x @ WEIGHTS)[:, SOME]), np.float64)
        return q if kind == "channel" else q @ np.asarray(TAU, np.float64)[SOME]

    return rel_entr(probabilities(x), probabilities(changed)).sum(-1)


@both
@pytest.mark.parametrize("low", [-jnp.inf, -1e9])
def test_it_is_scipys_under_the_terms_own_key(value, kind, low):
    actual = value(kind, jitter, low)(WEIGHTS)
    np.testing.assert_allclose(actual, exact(kind, X, jitter(X, KEY)), rtol=1e-3, atol=1e-6)
    assert (actual > 0).all()


@both
def test_it_is_zero_without_a_change(value, kind):
    np.testing.assert_allclose(value(kind, nothing)(WEIGHTS), np.zeros(B), atol=1e-6)


@both
def test_only_the_changed_input_is_moved_towards_the_target(value, kind):
    term = value(kind, jitter)
    original, changed = jax.grad(lambda *weights: term(*weights).sum(), argnums=(0, 1))(WEIGHTS, WEIGHTS)
    assert (original == 0).all()
    assert (changed[:, ~ACTIVE] == 0).all()
    assert (jnp.abs(changed[:, ACTIVE]).sum(0) > 0).all()
    assert term(WEIGHTS, WEIGHTS - 1e-3 * changed).sum() < term(WEIGHTS).sum()


def test_the_channels_gradient_is_the_difference_of_probabilities(value):
    # d KL(q || softmax(l)) / dl = softmax(l) - q.
    term = value("channel", jitter)
    gradient = jax.grad(lambda weights: term(WEIGHTS, weights).sum())(WEIGHTS)
    x = jitter(X, KEY)
    expected = x.T @ (jnp.exp(infer(WEIGHTS, x)) - jnp.exp(infer(WEIGHTS, X)))
    np.testing.assert_allclose(gradient, expected, atol=1e-5)


@both
@pytest.mark.parametrize("low", [-jnp.inf, -1e9])
def test_gradients_are_finite_where_probabilities_underflow(value, kind, low):
    term = value(kind, negative, low)
    actual, gradient = jax.value_and_grad(lambda w: term(1e3 * WEIGHTS, w).sum())(1e3 * WEIGHTS)
    assert jnp.isfinite(actual)
    assert jnp.isfinite(gradient).all()
    assert (gradient[:, ~ACTIVE] == 0).all()


def test_labels_allow_another_channel_of_the_same_label(make_context, make_inputs):
    tau = jnp.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]) * 0.97 + 0.01
    first, second = (20.0 * jnp.eye(K)[i][None] for i in (0, 1))
    empty = jnp.zeros((1, K, 2))
    inputs = make_inputs(
        1,
        log_responsibilities=jax.nn.log_softmax(first),
        infer=lambda _: jax.nn.log_softmax(second),
        labelled=LabelledBatch(EncoderOutput(first, empty, empty), first, jnp.array([0]), tau),
    )
    channel, label = (build(params(augmentation=nothing), make_context()) for build, params in KINDS.values())
    assert channel(inputs) > 15
    assert abs(label(inputs)) < 1e-5


def test_consistency_of_labels_without_labels_says_so(make_context, make_inputs):
    term = label_consistency(LabelConsistencyParams(augmentation=nothing), make_context())
    with pytest.raises(ValueError, match="needs a labelled batch"):
        term(make_inputs())


@both
def test_one_float32_for_each_example_under_jit(value, kind):
    actual = jax.jit(value(kind, jitter))(WEIGHTS)
    assert actual.shape == (B,)
    assert actual.dtype == jnp.float32
