"""Soft routing against a loop; locked channels have weight exactly zero."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.routing.params import SoftParams
from rcmvae_plugins.routing.soft import soft

from rcmvae_core.plugin.protocols import RoutingContext

LOGITS = jnp.asarray(np.random.default_rng(4).normal(0, 3, (6, 5)), jnp.float32)


def masked(logits, active, low):
    log_q = jax.nn.log_softmax(jnp.where(active, logits, low))
    return jnp.where(active, log_q, low)


def route(context, top_m, log_q, active=None):
    active = jnp.ones(context.channels, bool) if active is None else active
    step = RoutingContext(active, jnp.int32(0), None, jnp.float32(1), jnp.asarray(False))
    return soft(SoftParams(top_m=top_m), context)(log_q, step)


def decoded(selection):
    """The index of each decoded channel [B, M]; without gating they are all, in order."""
    if selection.channels is None:
        return jnp.broadcast_to(jnp.arange(selection.weights.shape[1]), selection.weights.shape)
    return selection.channels


def test_without_gating_the_weights_are_the_responsibilities(make_context):
    selection = route(make_context(), None, jax.nn.log_softmax(LOGITS))
    np.testing.assert_allclose(selection.weights, jax.nn.softmax(LOGITS), rtol=1e-5)
    assert selection.channels is None


@pytest.mark.parametrize("top_m", [5, 6, 10_000])
def test_gating_of_every_channel_is_no_gating(make_context, top_m):
    log_q = jax.nn.log_softmax(LOGITS)
    gated, free = route(make_context(), top_m, log_q), route(make_context(), None, log_q)
    assert jnp.array_equal(gated.weights, free.weights)
    assert gated.channels is None
    assert free.channels is None


@pytest.mark.parametrize("top_m", [1, 2, 4])
def test_gating_is_the_loop(make_context, top_m):
    selection = route(make_context(), top_m, jax.nn.log_softmax(LOGITS))
    q = np.asarray(jax.nn.softmax(LOGITS), np.float64)
    for row in range(6):
        best = sorted(range(5), key=lambda c: -q[row, c])[:top_m]
        assert selection.channels[row].tolist() == best
        np.testing.assert_allclose(selection.weights[row], q[row, best] / q[row, best].sum(), rtol=1e-5)


@pytest.mark.parametrize("low", [-jnp.inf, -1e9])
@pytest.mark.parametrize("top_m", [None, 1, 2, 4])
@pytest.mark.parametrize("unlocked", [1, 2, 3])
def test_locked_channels_weigh_nothing_and_get_no_gradient(make_context, low, top_m, unlocked):
    active = jnp.arange(5) < unlocked
    reward = jnp.asarray(np.random.default_rng(5).normal(size=(6, 5)), jnp.float32)

    def value(logits):
        selection = route(make_context(), top_m, masked(logits, active, low), active)
        return (selection.weights * jnp.take_along_axis(reward, decoded(selection), axis=1)).sum()

    selection = route(make_context(), top_m, masked(LOGITS, active, low), active)
    locked = ~active[decoded(selection)]
    assert (jnp.where(locked, selection.weights, 0) == 0).all()
    np.testing.assert_allclose(selection.weights.sum(-1), 1, rtol=1e-5)
    gradient = jax.grad(value)(LOGITS)
    assert np.isfinite(gradient).all()
    assert (gradient[:, unlocked:] == 0).all()


def test_extreme_logits_route_to_one_channel_with_finite_gradients(make_context):
    logits = jnp.array([[1e4, -1e4, 0.0, 0.0, 0.0]])
    for top_m in (None, 2):
        selection = route(make_context(), top_m, jax.nn.log_softmax(logits))
        assert selection.weights.max() == 1
        gradient = jax.grad(lambda x, m=top_m: route(make_context(), m, jax.nn.log_softmax(x)).weights[0, 0])
        assert jnp.isfinite(gradient(logits)).all()


def test_it_traces_and_keeps_float32(make_context):
    for top_m in (None, 2):
        selection = jax.eval_shape(lambda q, m=top_m: route(make_context(), m, q), LOGITS)
        assert selection.weights.dtype == jnp.float32
        assert selection.weights.shape == (6, top_m or 5)
        assert getattr(selection.channels, "shape", None) == ((6, 2) if top_m else None)
