"""Gumbel routing against the formula, the categorical distribution and its own soft gradients."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rcmvae_plugins.routing.gumbel import gumbel, straight_through
from rcmvae_plugins.routing.params import GumbelParams, SoftParams
from rcmvae_plugins.routing.soft import soft

from rcmvae_core.plugin.duration import Duration
from rcmvae_core.plugin.protocols import RoutingContext

LOGITS = jnp.asarray(np.random.default_rng(4).normal(0, 1.5, (6, 5)), jnp.float32)
LOG_Q = jax.nn.log_softmax(LOGITS)
REWARD = jnp.asarray(np.random.default_rng(5).normal(size=(6, 5)), jnp.float32)
KEY = jax.random.key(8)
LOCKED = np.array([False, True, False, True, True])


def constant(value):
    return lambda step: jnp.full(jnp.shape(step), value)


def params(temperature=1.0, **fields):
    schedule = temperature if callable(temperature) else constant(temperature)
    return GumbelParams(**({"floor": 0.01} | fields), temperature=schedule)


def at(step=0, key=KEY, active=None, temperature=1.0, asked_soft=False):
    active = jnp.ones(5, bool) if active is None else active
    return RoutingContext(active, jnp.int32(step), key, jnp.float32(temperature), jnp.asarray(asked_soft))


def masked(logits, active, low=-1e9):
    return jnp.where(active, jax.nn.log_softmax(jnp.where(active, logits, low)), low)


def formula(log_q, key, temperature, active=None):
    """softmax((log q + g) / T) over the active channels, a loop in float64."""
    noise = np.float64(jax.random.gumbel(key, log_q.shape))
    active = np.ones(log_q.shape[-1], bool) if active is None else np.asarray(active)
    actual = np.zeros(log_q.shape)
    for row, values in enumerate(np.float64(log_q)):
        scaled = (values[active] + noise[row, active]) / temperature
        actual[row, active] = np.exp(scaled - scaled.max()) / np.exp(scaled - scaled.max()).sum()
    return actual


def decoded(selection):
    """The index of each decoded channel [B, M]; without gating they are all, in order."""
    if selection.channels is None:
        return jnp.broadcast_to(jnp.arange(selection.weights.shape[1]), selection.weights.shape)
    return selection.channels


def value(routing, log_q, context):
    selection = routing(log_q, context)
    return (selection.weights * jnp.take_along_axis(REWARD, decoded(selection), axis=1)).sum()


@pytest.mark.parametrize("temperature", [0.05, 0.5, 1.0, 7.0])
def test_it_is_the_formula(make_context, temperature):
    selection = gumbel(params(temperature), make_context())(LOG_Q, at())
    np.testing.assert_allclose(selection.weights, formula(LOG_Q, KEY, temperature), rtol=1e-4, atol=1e-6)
    assert selection.channels is None
    assert selection.mix_embeddings is None


def test_the_temperature_follows_schedule_floor_and_curriculum(make_context):
    falling = params(lambda step: 2.0 - 0.1 * step, floor=0.5)
    route = gumbel(falling, make_context())
    for step, factor, temperature in [
        (0, 1.0, 2.0),
        (7, 1.0, 1.3),
        (7, 3.0, 3.9),
        (19, 1.0, 0.5),
        (19, 2.0, 1.0),
    ]:
        selection = route(LOG_Q, at(step, temperature=factor))
        np.testing.assert_allclose(selection.weights, formula(LOG_Q, KEY, temperature), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("hard", [False, True])
def test_at_low_temperature_channels_are_drawn_from_q(make_context, hard):
    route = gumbel(params(0.02, straight_through=hard), make_context())
    count = 20_000
    log_q = jnp.broadcast_to(LOG_Q[0], (count, 5))
    weights = np.asarray(route(log_q, at()).weights, np.float64)
    q = np.exp(np.float64(LOG_Q[0]))
    drawn = np.bincount(weights.argmax(1), minlength=5) / count
    assert (np.abs(drawn - q) < 4 * np.sqrt(q * (1 - q) / count)).all()
    if hard:
        assert set(np.unique(weights)) == {0, 1}
        assert (weights.sum(1) == 1).all()


@pytest.mark.parametrize("top_m", [None, 1, 3])
def test_without_a_key_it_is_soft_routing_at_any_temperature(make_context, top_m):
    expected = soft(SoftParams(top_m=top_m), make_context())(LOG_Q, at(key=None))
    for fields in ({"temperature": 0.1}, {"temperature": 5.0, "straight_through": True}):
        actual = gumbel(params(top_m=top_m, **fields), make_context())(LOG_Q, at(key=None))
        assert jnp.array_equal(actual.weights, expected.weights)
        assert (actual.channels is None) == (expected.channels is None) == (top_m is None)
        assert jnp.array_equal(decoded(actual), decoded(expected))


def test_noise_depends_on_the_key_alone(make_context):
    route = gumbel(params(), make_context())
    first, again = (route(LOG_Q, at()).weights for _ in range(2))
    assert jnp.array_equal(first, again)
    assert not jnp.array_equal(first, route(LOG_Q, at(key=jax.random.key(9))).weights)
    alike = jnp.broadcast_to(LOG_Q[:1], LOG_Q.shape)
    assert len(np.unique(np.asarray(route(alike, at()).weights), axis=0)) == 6


@pytest.mark.parametrize("top_m", [None, 1, 2, 4])
def test_straight_through_is_one_hot_with_the_soft_gradient(make_context, top_m):
    relaxed, hard = (
        gumbel(params(0.7, straight_through=flag, top_m=top_m), make_context()) for flag in (False, True)
    )
    selection = hard(LOG_Q, at())
    weights, largest = selection.weights, np.asarray(relaxed(LOG_Q, at()).weights).argmax(1)
    assert weights.tolist() == np.eye(weights.shape[1])[largest].tolist()
    best = jnp.take_along_axis(decoded(selection), weights.argmax(1)[:, None], axis=1)
    assert best[:, 0].tolist() == formula(LOG_Q, KEY, 0.7).argmax(1).tolist()
    gradients = [
        jax.grad(lambda x, r=r: value(r, jax.nn.log_softmax(x), at()))(LOGITS) for r in (relaxed, hard)
    ]
    assert jnp.array_equal(*gradients)
    if top_m != 1:
        assert (gradients[0] != 0).any()


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=8))
@settings(deadline=None)
def test_straight_through_is_exactly_one_hot(values):
    weights = jnp.asarray([values], jnp.float32)
    actual = straight_through(weights / jnp.maximum(weights.sum(), 1e-6))
    assert sorted(actual[0].tolist()) == [0.0] * (len(values) - 1) + [1.0]


@pytest.mark.parametrize("low", [-jnp.inf, -1e9])
@pytest.mark.parametrize("top_m", [None, 1, 2, 4])
@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("temperature", [0.05, 1000.0])
def test_locked_channels_weigh_nothing_and_get_no_gradient(make_context, low, top_m, hard, temperature):
    active = jnp.asarray(~LOCKED)
    route = gumbel(params(temperature, straight_through=hard, top_m=top_m), make_context())
    # A curriculum's factor lifts T so high that -1e9 / T alone would not keep a channel locked.
    context = at(active=active, temperature=1e6 if temperature == 1000 else 1.0)
    selection = route(masked(LOGITS, active, low), context)
    assert (jnp.where(LOCKED[decoded(selection)], selection.weights, 0) == 0).all()
    np.testing.assert_allclose(selection.weights.sum(1), 1, rtol=1e-5)
    gradient = jax.grad(lambda x: value(route, masked(x, active, low), context))(LOGITS)
    assert jnp.isfinite(gradient).all()
    assert (gradient[:, LOCKED] == 0).all()


def test_over_active_channels_it_is_the_formula(make_context):
    active = jnp.asarray(~LOCKED)
    log_q = masked(LOGITS, active)
    selection = gumbel(params(0.5), make_context())(log_q, at(active=active))
    expected = formula(log_q, KEY, 0.5, active)
    np.testing.assert_allclose(selection.weights, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("top_m", [5, 6, 10_000])
def test_gating_of_every_channel_is_no_gating(make_context, top_m):
    gated, free = (gumbel(params(top_m=m), make_context())(LOG_Q, at()) for m in (top_m, None))
    assert jnp.array_equal(gated.weights, free.weights)
    assert gated.channels is None
    assert free.channels is None


@pytest.mark.parametrize("top_m", [1, 2, 4])
def test_gating_keeps_the_largest_of_the_noisy_weights(make_context, top_m):
    selection = gumbel(params(0.8, top_m=top_m), make_context())(LOG_Q, at())
    noisy = formula(LOG_Q, KEY, 0.8)
    for row in range(6):
        best = np.argsort(-noisy[row])[:top_m]
        assert selection.channels[row].tolist() == best.tolist()
        np.testing.assert_allclose(
            selection.weights[row], noisy[row, best] / noisy[row, best].sum(), rtol=1e-4
        )
    assert (selection.channels[:, 0] != LOG_Q.argmax(1)).any()


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("top_m", [None, 2])
def test_a_curriculum_may_ask_for_soft_selection_under_one_program(make_context, hard, top_m):
    route = gumbel(params(0.7, straight_through=hard, top_m=top_m), make_context())
    plain = soft(SoftParams(top_m=top_m), make_context())
    traces = []

    @jax.jit
    def both(logits, softened):
        traces.append(softened)
        context = at(asked_soft=softened)
        gradient = jax.grad(lambda x: value(route, jax.nn.log_softmax(x), context))(logits)
        return route(jax.nn.log_softmax(logits), context), gradient

    softened, gradient = both(LOGITS, jnp.asarray(True))
    expected = plain(LOG_Q, at())
    np.testing.assert_allclose(softened.weights, expected.weights, rtol=1e-5)
    assert jnp.array_equal(decoded(softened), decoded(expected))
    expected_gradient = jax.grad(lambda x: value(plain, jax.nn.log_softmax(x), at()))(LOGITS)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-4, atol=1e-6)
    drawn, _ = both(LOGITS, jnp.asarray(False))
    np.testing.assert_allclose(drawn.weights, route(LOG_Q, at()).weights, rtol=1e-5)
    assert not jnp.allclose(drawn.weights, softened.weights)
    assert len(traces) == 1


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("top_m", [None, 2])
def test_extreme_logits_at_the_lowest_temperature_stay_finite(make_context, hard, top_m):
    route = gumbel(params(1e-6, floor=0.05, straight_through=hard, top_m=top_m), make_context())
    logits = jnp.tile(jnp.array([[1e4, -1e4, 0.0, 1e4, -1e8]]), (6, 1))
    weights = route(jax.nn.log_softmax(logits), at()).weights
    np.testing.assert_allclose(weights.sum(1), 1, rtol=1e-5)
    gradient = jax.grad(lambda x: value(route, jax.nn.log_softmax(x), at()))(logits)
    assert jnp.isfinite(gradient).all()


def test_embeddings_are_mixed_for_the_first_steps(make_context):
    context = make_context(steps_per_epoch=10)
    for build, record in ((gumbel, params), (soft, SoftParams)):
        route = build(record(soft_embedding=Duration.parse("1.5 epochs")), context)
        for step, mixed in [(0, True), (14, True), (15, False), (400, False)]:
            for key in (KEY, None):
                actual = route(LOG_Q, at(step, key=key)).mix_embeddings
                assert actual.shape == ()
                assert actual.dtype == bool
                assert actual.item() is mixed
        assert build(record(), context)(LOG_Q, at()).mix_embeddings is None


def test_it_traces_and_keeps_float32(make_context):
    for top_m in (None, 2):
        route = gumbel(params(straight_through=True, top_m=top_m), make_context())
        selection = jax.eval_shape(route, LOG_Q, at())
        assert selection.weights.dtype == jnp.float32
        assert selection.weights.shape == (6, top_m or 5)
        assert getattr(selection.channels, "shape", None) == ((6, 2) if top_m else None)


class Schedule:
    """A schedule as a spec's check sees it: a part, whose parameters know their extent."""

    def __init__(self, low, high):
        self.params = self
        self.extent = lambda: (low, high)


def test_a_schedule_that_the_floor_would_replace_is_refused():
    with pytest.raises(
        ValueError, match=r"`floor` must be at most the highest `temperature`, 0\.1, got 0\.5"
    ):
        GumbelParams(temperature=Schedule(0.05, 0.1))
    assert GumbelParams(temperature=Schedule(0.1, 2.0)).floor == 0.5
    assert GumbelParams(temperature=Schedule(0.1, 0.1), floor=0.1).floor == 0.1
