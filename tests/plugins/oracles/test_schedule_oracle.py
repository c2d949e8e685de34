"""Schedules at their ends, between them and beyond them, against closed forms and optax."""

from __future__ import annotations

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rcmvae_plugins.schedules.params import (
    ConstantParams,
    CosineParams,
    ExponentialParams,
    LinearParams,
    PiecewiseParams,
    PolynomialParams,
)
from rcmvae_plugins.schedules.piecewise import piecewise
from rcmvae_plugins.schedules.ramps import constant, cosine, exponential, linear, polynomial

from rcmvae_core.plugin.duration import Duration

RAMPS = {
    "linear": (linear, LinearParams, lambda a, b, u: a + (b - a) * u),
    "cosine": (cosine, CosineParams, lambda a, b, u: a + (b - a) * (1 - math.cos(math.pi * u)) / 2),
    "exponential": (exponential, ExponentialParams, lambda a, b, u: a * (b / a) ** u),
    "polynomial": (polynomial, PolynomialParams, lambda a, b, u: b + (1 - u) ** 2 * (a - b)),
}
ENDS = [(2.0, 0.5), (0.1, 0.3), (1e-6, 1.0), (1.0, 1e-9), (0.7, 0.7), (1e12, 1e-12)]


@pytest.fixture
def context(make_context):
    return make_context(steps_per_epoch=10)


def values(schedule, steps):
    # Without jit each operation compiles once for all schedules, so times come in few lengths.
    return np.asarray(jax.vmap(schedule)(jnp.asarray(steps, jnp.int32)) + jnp.zeros(len(steps)))


def steps(count):
    return Duration(count)


@pytest.mark.parametrize("name", RAMPS)
@pytest.mark.parametrize(("start", "end"), ENDS)
@pytest.mark.parametrize(("over", "delay"), [(1, 0), (7, 0), (100, 0), (40, 13)])
def test_ramps(context, name, start, end, over, delay):  # noqa: PLR0917
    build, params, formula = RAMPS[name]
    schedule = build(params(start, end, steps(over), steps(delay)), context)
    times = np.arange(130)
    actual = values(schedule, times)
    share = np.clip((times - delay) / over, 0, 1)
    np.testing.assert_allclose(actual, [formula(start, end, u) for u in share], rtol=1e-4, atol=1e-6 * start)
    assert (actual[: delay + 1] == np.float32(start)).all()
    assert (actual[delay + over :] == np.float32(end)).all()
    assert (np.diff(actual) * np.sign(end - start) >= 0).all()
    assert actual.min() >= np.float32(min(start, end))
    assert actual.max() <= np.float32(max(start, end))


@pytest.mark.parametrize("name", RAMPS)
def test_a_ramp_over_nothing_jumps(context, name):
    build, params, _ = RAMPS[name]
    with jax.debug_nans(True):  # 0 / 0 would stop here, even where it is not used
        actual = values(build(params(2.0, 0.5, steps(0), steps(3)), context), range(6))
    assert actual.tolist() == [2.0, 2.0, 2.0, 0.5, 0.5, 0.5]
    assert values(build(params(2.0, 0.5, steps(0)), context), [0, 1]).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("name", RAMPS)
def test_a_ramp_counts_epochs(context, name):
    build, params, _ = RAMPS[name]
    epochs = build(params(2.0, 0.5, Duration(3, "epochs"), Duration(0.5, "epochs")), context)
    in_steps = build(params(2.0, 0.5, steps(30), steps(5)), context)
    np.testing.assert_array_equal(values(epochs, range(50)), values(in_steps, range(50)))


@pytest.mark.parametrize("name", RAMPS)
def test_a_ramp_holds_at_the_last_steps_that_there_are(context, name):
    build, params, _ = RAMPS[name]
    schedule = build(params(2.0, 0.5, steps(2**31 - 2), steps(1)), context)
    assert values(schedule, [0, 1, 2**31 - 1]).tolist() == [2.0, 2.0, 0.5]


@pytest.mark.parametrize("name", RAMPS)
def test_a_ramp_may_be_longer_than_any_run(context, name):
    build, params, formula = RAMPS[name]
    schedule = build(params(2.0, 0.5, Duration(1e9, "epochs")), context)
    share = (2**31 - 1) / 1e10
    expected = [2.0, formula(2.0, 0.5, share / 2), formula(2.0, 0.5, share)]
    np.testing.assert_allclose(values(schedule, [0, 2**30, 2**31 - 1]), expected, rtol=1e-5)
    late = build(params(2.0, 0.5, steps(5), Duration(1e9, "epochs")), context)
    assert values(late, [0, 2**31 - 1]).tolist() == [2.0, 2.0]


@pytest.mark.parametrize("power", [0.5, 1.0, 3.5])
def test_polynomial_is_optaxs(context, power):
    schedule = polynomial(PolynomialParams(2.0, 0.5, steps(20), steps(4), power), context)
    theirs = optax.polynomial_schedule(2.0, 0.5, power, 20, 4)
    np.testing.assert_allclose(values(schedule, range(30)), values(theirs, range(30)), rtol=1e-6)


def test_ramps_are_optaxs_where_optax_has_them(context):
    pairs = [
        (
            linear(LinearParams(2.0, 0.5, steps(20), steps(4)), context),
            optax.linear_schedule(2.0, 0.5, 20, 4),
        ),
        (cosine(CosineParams(2.0, 0.5, steps(20)), context), optax.cosine_decay_schedule(2.0, 20, 0.25)),
        (
            exponential(ExponentialParams(2.0, 0.5, steps(20), steps(4)), context),
            optax.exponential_decay(2.0, 20, 0.25, 4, end_value=0.5),
        ),
    ]
    for ours, theirs in pairs:
        np.testing.assert_allclose(values(ours, range(30)), values(theirs, range(30)), rtol=1e-6)


def test_a_decay_keeps_its_relative_precision(context):
    schedule = exponential(ExponentialParams(1.0, 1e-12, steps(12)), context)
    np.testing.assert_allclose(values(schedule, range(13)), 10.0 ** -np.arange(13), rtol=1e-5)


def test_constant(context):
    assert values(constant(ConstantParams(0.3), context), [0, 5, 10**9]).tolist() == [np.float32(0.3)] * 3


def test_piecewise_steps(context):
    params = PiecewiseParams((1.0, 2.0, 4.0), (steps(2), steps(5), Duration(1, "epochs")))
    actual = values(piecewise(params, context), range(13))
    assert actual.tolist() == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 4, 4, 4]


def test_piecewise_linear_is_numpys_interpolation(context):
    params = PiecewiseParams((1.0, -2.0, 4.0), (steps(2), steps(5), Duration(1, "epochs")), "linear")
    actual = values(piecewise(params, context), range(13))
    np.testing.assert_allclose(actual, np.interp(range(13), [2, 5, 10], [1, -2, 4]), rtol=1e-6, atol=1e-6)
    assert actual[[2, 5, 10]].tolist() == [1, -2, 4]


@pytest.mark.parametrize("interpolation", ["steps", "linear"])
def test_piecewise_of_one_value_or_of_equal_times(context, interpolation):
    one = piecewise(PiecewiseParams((3.0,), (steps(4),), interpolation), context)
    assert values(one, [0, 4, 9]).tolist() == [3, 3, 3]
    equal = piecewise(
        PiecewiseParams((1.0, 2.0, 3.0), (steps(0), steps(4), steps(4)), interpolation), context
    )
    assert values(equal, [0, 4, 5]).tolist() == [1, 3, 3]


def test_piecewise_times_may_lie_after_any_run(context):
    late = (steps(0), Duration(1e9, "epochs"), Duration(2e9, "epochs"))
    schedule = piecewise(PiecewiseParams((1.0, 2.0, 3.0), late), context)
    assert values(schedule, [0, 2**31 - 2]).tolist() == [1, 1]


def test_piecewise_refuses_what_it_cannot_read(context):
    with pytest.raises(ValueError, match="`values` has 2 elements and `at` has 1; give one"):
        PiecewiseParams((1.0, 2.0), (steps(0),))
    with pytest.raises(ValueError, match=r"`at` must not decrease, got 30, 20 \(steps\)"):
        piecewise(PiecewiseParams((1.0, 2.0), (Duration(3, "epochs"), steps(20))), context)


EVERY = {
    "constant": constant,
    "linear": linear,
    "cosine": cosine,
    "exponential": exponential,
    "piecewise": piecewise,
    "polynomial": polynomial,
}


def example(name, start, end, over, delay):
    if name == "constant":
        return ConstantParams(start)
    if name == "piecewise":
        return PiecewiseParams((start, end), (steps(delay), steps(delay + over)), "linear")
    return RAMPS[name][1](start, end, steps(over), steps(delay))


@pytest.mark.parametrize("name", EVERY)
def test_it_is_a_traceable_float32_scalar(context, name):
    schedule = EVERY[name](example(name, 1.0, 2.0, 3, 4), context)
    shape = jax.eval_shape(schedule, jnp.int32(0))
    assert shape.shape == ()
    assert shape.dtype == jnp.float32
    assert not shape.weak_type
    actual = jax.lax.scan(lambda step, _: (step + 1, schedule(step)), jnp.int32(0), None, length=9)[1]
    np.testing.assert_array_equal(actual, values(schedule, range(9)))


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.floats(1e-6, 1e6),
    end=st.floats(1e-6, 1e6),
    over=st.integers(0, 50),
    delay=st.integers(0, 50),
)
def test_extent_bounds_every_value(context, name, start, end, over, delay):  # noqa: PLR0917
    params = example(name, start, end, over, delay)
    low, high = params.extent()
    schedule = EVERY[name](params, context)
    actual = values(schedule, [0, delay, delay + over // 2, delay + over, 200])
    assert actual.min() >= np.float32(low)
    assert actual.max() <= np.float32(high)


def test_extents():
    pairs = itertools.product((3.0, -1.0), repeat=2)
    assert [LinearParams(a, b, steps(1)).extent() for a, b in pairs] == [(3, 3), (-1, 3), (-1, 3), (-1, -1)]
    assert PiecewiseParams((2.0, -4.0, 9.0), (steps(0), steps(1), steps(2))).extent() == (-4.0, 9.0)
    assert ConstantParams(2.0).extent() == (2.0, 2.0)
