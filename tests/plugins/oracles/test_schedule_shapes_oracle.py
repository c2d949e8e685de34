"""Schedules that repeat, or rise and fall, against loops over the steps and optax."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rcmvae_plugins.schedules.cyclic import cyclical, sgdr
from rcmvae_plugins.schedules.params import (
    CyclicalParams,
    OneCycleParams,
    SgdrParams,
    StepsParams,
    WarmupCosineParams,
    WarmupExponentialParams,
)
from rcmvae_plugins.schedules.piecewise import steps as staircase
from rcmvae_plugins.schedules.warmup import one_cycle, warmup_cosine, warmup_exponential

from rcmvae_core.plugin.duration import Duration

LAST = 2**31 - 1
COUNT = 90
SMALLEST = np.finfo(np.float32).tiny  # XLA takes what is smaller for zero
EVERY = {
    "cyclical": cyclical,
    "sgdr": sgdr,
    "steps": staircase,
    "warmup_cosine": warmup_cosine,
    "warmup_exponential": warmup_exponential,
    "one_cycle": one_cycle,
}


@pytest.fixture
def context(make_context):
    return make_context(steps_per_epoch=10)


def values(schedule, steps):
    return np.asarray(jax.vmap(schedule)(jnp.asarray(steps, jnp.int32)))


def length(steps):
    return Duration(steps)


def close(schedule, expected, scale=1.0):
    np.testing.assert_allclose(values(schedule, range(COUNT)), expected, rtol=2e-5, atol=1e-6 * scale)


def half_cosine(u):
    return (1 - math.cos(math.pi * u)) / 2


def loop_of_cycles(params, period, delay):
    """Walk through the cycles a step at a time."""
    actual, cycle, place = [], 0, 0
    for step in range(COUNT):
        if step > delay:
            place += 1
            if place == period:
                cycle, place = cycle + 1, 0
        share = min(place / (params.ramp * period), 1)
        share = half_cosine(share) if params.shape == "cosine" else share
        over = params.cycles is not None and cycle >= params.cycles
        actual.append(params.end if over else params.start + share * (params.end - params.start))
    return actual


@pytest.mark.parametrize("shape", ["linear", "cosine"])
@pytest.mark.parametrize("cycles", [None, 1, 3])
@pytest.mark.parametrize(("period", "ramp"), [(2, 0.001), (2, 1.0), (10, 0.5), (13, 0.35), (200, 0.9)])
@pytest.mark.parametrize(("start", "end"), [(0.0, 1.0), (2.0, 0.5)])
def test_cyclical(context, shape, cycles, period, ramp, start, end):  # noqa: PLR0917
    for delay in (0, 17):
        params = CyclicalParams(start, end, length(period), ramp, cycles, shape, length(delay))
        schedule = cyclical(params, context)
        close(schedule, loop_of_cycles(params, period, delay))
        assert (values(schedule, range(delay + 1)) == np.float32(start)).all()


def loop_of_restarts(params, period):
    actual, begin, cycle, distance, size = [], 0, 0, params.start - params.end, period
    for step in range(COUNT):
        if cycle < params.cycles and step >= begin + size:
            begin, cycle = begin + size, cycle + 1
            distance, size = distance * params.shrink, round(period * params.growth**cycle)
        share = 1 if cycle == params.cycles else (step - begin) / size
        actual.append(params.end + distance * (1 - half_cosine(share)))
    return actual


@pytest.mark.parametrize("cycles", [1, 3, 1000])
@pytest.mark.parametrize(("period", "growth"), [(2, 1.0), (7, 1.0), (5, 1.5), (10, 2.0), (200, 10.0)])
@pytest.mark.parametrize("shrink", [1.0, 0.5])
def test_sgdr(context, cycles, period, growth, shrink):
    params = SgdrParams(2.0, 0.25, length(period), cycles, growth, shrink)
    close(sgdr(params, context), loop_of_restarts(params, period))


def test_sgdr_is_optaxs(context):
    ours = sgdr(SgdrParams(2.0, 0.5, length(10), 3, 2.0, 0.5), context)
    peaks, sizes = (2.0, 1.25, 0.875), (10, 20, 40)
    rows = [
        {"init_value": p, "peak_value": p, "warmup_steps": 0, "decay_steps": n, "end_value": 0.5}
        for p, n in zip(peaks, sizes, strict=True)
    ]
    np.testing.assert_allclose(
        values(ours, range(COUNT)), values(optax.sgdr_schedule(rows), range(COUNT)), rtol=1e-6
    )


@pytest.mark.parametrize("factor", [0.5, 0.9, 1e-6])
@pytest.mark.parametrize("every", [1, 3, 7, 100])
@pytest.mark.parametrize("floor", [0.0, 0.3, 2.0])
def test_steps(context, factor, every, floor):
    for delay in (0, 11):
        schedule = staircase(StepsParams(2.0, factor, length(every), floor, length(delay)), context)
        value, expected = 2.0, []
        for step in range(COUNT):
            if step > delay and (step - delay) % every == 0:
                value *= factor
            expected.append(max(value, floor))
        np.testing.assert_allclose(values(schedule, range(COUNT)), expected, rtol=1e-4, atol=1e-37)
        assert len(set(values(schedule, range(delay, delay + every)).tolist())) == 1


def test_steps_is_optaxs(context):
    ours = staircase(StepsParams(2.0, 0.7, length(8), 0.1, length(3)), context)
    theirs = optax.exponential_decay(2.0, 8, 0.7, 3, staircase=True, end_value=0.1)
    np.testing.assert_allclose(values(ours, range(COUNT)), values(theirs, range(COUNT)), rtol=1e-5)


def test_stairs_are_counted_exactly_late_in_a_run(context):
    schedule = staircase(StepsParams(1.0, 1 - 1e-6, length(1000)), context)
    before, after = values(schedule, [2_000_000_999, 2_000_001_000])
    np.testing.assert_allclose([before, after], (1 - 1e-6) ** np.array([2_000_000, 2_000_001]), rtol=1e-5)
    assert after < before


@pytest.mark.parametrize(("warmup", "over"), [(0, 60), (7, 60), (60, 60), (0, 0), (1, 2), (5, 1000)])
@pytest.mark.parametrize("start", [0.0, 3.0])
def test_warmups(context, warmup, over, start):
    peak, end = 2.0, 0.5
    decays = {
        warmup_cosine: lambda u: peak + half_cosine(u) * (end - peak),
        warmup_exponential: lambda u: peak * (end / peak) ** u,
    }
    for build, decay in decays.items():
        expected = []
        for step in range(COUNT):
            if step < warmup:
                expected.append(start + step / warmup * (peak - start))
            else:
                expected.append(decay((step - warmup) / (over - warmup)) if step < over else end)
        settings_ = {"peak": peak, "end": end, "warmup": length(warmup), "over": length(over)}
        params = WarmupCosineParams if build is warmup_cosine else WarmupExponentialParams
        schedule = build(params(start=start, **settings_), context)
        close(schedule, expected)
        assert values(schedule, [over]).tolist() == [end]
        assert values(schedule, [warmup]).tolist() == [peak if warmup < over else end]


def test_warmups_are_optaxs(context):
    params = {"peak": 2.0, "end": 0.5, "warmup": length(10), "over": length(70), "start": 0.1}
    pairs = [
        (
            warmup_cosine(WarmupCosineParams(**params), context),
            optax.warmup_cosine_decay_schedule(0.1, 2.0, 10, 70, 0.5),
        ),
        (
            warmup_exponential(WarmupExponentialParams(**params), context),
            optax.warmup_exponential_decay_schedule(0.1, 2.0, 10, 60, 0.25, end_value=0.5),
        ),
    ]
    for ours, theirs in pairs:
        np.testing.assert_allclose(values(ours, range(COUNT)), values(theirs, range(COUNT)), rtol=2e-6)


@pytest.mark.parametrize("rise", [0.0, 0.3, 0.77, 1.0])
@pytest.mark.parametrize("over", [0, 1, 3, 80, 500])
def test_one_cycle(context, rise, over):
    params = OneCycleParams(2.0, length(over), rise, 5.0, 10.0)
    up = int(rise * over)
    expected = []
    for step in range(COUNT):
        if step < up:
            expected.append(0.4 + half_cosine(step / up) * (2.0 - 0.4))
        elif step < over:
            expected.append(2.0 + half_cosine((step - up) / (over - up)) * (0.04 - 2.0))
        else:
            expected.append(0.04)
    close(one_cycle(params, context), expected)


def test_one_cycle_is_optaxs(context):
    ours = one_cycle(OneCycleParams(2.0, length(70)), context)
    theirs = optax.cosine_onecycle_schedule(70, 2.0)
    np.testing.assert_allclose(values(ours, range(COUNT)), values(theirs, range(COUNT)), rtol=1e-5, atol=1e-6)


def test_they_count_epochs(context):
    def both(build, make):
        epochs, in_steps = (build(make(unit), context) for unit in (lambda n: Duration(n, "epochs"), times10))
        np.testing.assert_array_equal(values(epochs, range(COUNT)), values(in_steps, range(COUNT)))

    def times10(n):
        return length(round(10 * n))

    both(cyclical, lambda d: CyclicalParams(0.0, 1.0, d(2), delay=d(0.5)))
    both(sgdr, lambda d: SgdrParams(1.0, 0.0, d(1.5), 3, 2.0))
    both(staircase, lambda d: StepsParams(1.0, 0.5, d(1.2), delay=d(0.5)))
    both(warmup_cosine, lambda d: WarmupCosineParams(1.0, d(0.7), d(4)))
    both(warmup_exponential, lambda d: WarmupExponentialParams(1.0, 0.1, d(0.7), d(4)))
    both(one_cycle, lambda d: OneCycleParams(1.0, d(4)))


def test_what_cannot_be_is_refused(context):
    with pytest.raises(ValueError, match=r"at least 2 steps, got 0\.1 epochs \(1 steps\)"):
        cyclical(CyclicalParams(0.0, 1.0, Duration(0.1, "epochs")), context)
    with pytest.raises(ValueError, match=r"at least 2 steps, got 0 \(0 steps\)"):
        sgdr(SgdrParams(0.0, 1.0, length(0), 1), context)
    with pytest.raises(ValueError, match=r"at least 1 step, got 0\.01 epochs \(0 steps\)"):
        staircase(StepsParams(1.0, 0.5, Duration(0.01, "epochs")), context)
    with pytest.raises(ValueError, match=r"`floor` must be at most `start`, 1\.0, got 2\.0"):
        StepsParams(1.0, 0.5, length(1), 2.0)
    with pytest.raises(ValueError, match="`warmup` must be at most `over`, 20 steps, got 30 steps"):
        warmup_cosine(WarmupCosineParams(1.0, Duration(3, "epochs"), length(20)), context)
    with pytest.raises(ValueError, match="`warmup` must be at most `over`, 1 steps, got 2 steps"):
        warmup_exponential(WarmupExponentialParams(1.0, 1.0, length(2), length(1)), context)


durations = st.builds(Duration, st.integers(2, LAST)) | st.builds(
    Duration, st.floats(1, 2**31, exclude_max=True), st.just("epochs")
)
anything = st.floats(-1e12, 1e12, allow_subnormal=False)
positive = st.floats(1e-12, 1e12)
shares = st.floats(1e-3, 1)
PARAMETERS = {
    "cyclical": st.builds(
        CyclicalParams,
        anything,
        anything,
        durations,
        shares,
        st.none() | st.integers(1, 10**6),
        st.sampled_from(["linear", "cosine"]),
        durations,
    ),
    "sgdr": st.builds(
        SgdrParams, anything, anything, durations, st.integers(1, 1000), st.floats(1, 10), shares
    ),
    "steps": st.builds(
        lambda pair, *rest: StepsParams(max(pair), rest[0], rest[1], min(pair), rest[2]),
        st.tuples(positive, positive | st.just(0.0)),
        st.floats(1e-6, 1, exclude_max=True),
        durations,
        durations,
    ),
    "warmup_cosine": st.builds(
        lambda peak, pair, start, end: WarmupCosineParams(peak, Duration(pair[0]), pair[1], start, end),
        anything,
        st.tuples(st.integers(0, 8), durations.filter(lambda d: d.amount >= 8)),
        anything,
        anything,
    ),
    "warmup_exponential": st.builds(
        lambda peak, end, pair, start: WarmupExponentialParams(
            peak, end, Duration(pair[0]), Duration(pair[1]), start
        ),
        positive,
        positive,
        st.tuples(st.integers(0, LAST), st.integers(0, LAST)).map(sorted),
        anything,
    ),
    "one_cycle": st.builds(
        OneCycleParams, positive, durations, st.floats(0, 1), st.floats(1, 1e9), st.floats(1, 1e9)
    ),
}


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_extent_bounds_every_value(context, name, data):
    params = data.draw(PARAMETERS[name])
    times = data.draw(st.lists(st.integers(0, LAST), min_size=4, max_size=4))
    low, high = params.extent()
    assert low <= high
    actual = values(EVERY[name](params, context), [0, 1, *times, LAST - 1, LAST])
    assert np.isfinite(actual).all()
    assert actual.min() >= np.float32(low) - SMALLEST
    assert actual.max() <= np.float32(high) + SMALLEST


EXAMPLES = {
    "cyclical": CyclicalParams(0.0, 1.0, Duration(4), cycles=2, shape="cosine"),
    "sgdr": SgdrParams(1.0, 0.0, Duration(3), 2, 2.0),
    "steps": StepsParams(1.0, 0.5, Duration(2), 0.3),
    "warmup_cosine": WarmupCosineParams(1.0, Duration(2), Duration(7)),
    "warmup_exponential": WarmupExponentialParams(1.0, 0.1, Duration(2), Duration(7)),
    "one_cycle": OneCycleParams(1.0, Duration(8)),
}


@pytest.mark.parametrize("name", EVERY)
def test_it_is_a_traceable_float32_scalar(context, name):
    schedule = EVERY[name](EXAMPLES[name], context)
    shape = jax.eval_shape(schedule, jnp.int32(0))
    assert (shape.shape, shape.dtype, shape.weak_type) == ((), jnp.float32, False)
    actual = jax.lax.scan(lambda step, _: (step + 1, schedule(step)), jnp.int32(0), None, length=12)[1]
    np.testing.assert_allclose(actual, values(schedule, range(12)), rtol=1e-6)
    assert actual.min() < actual.max()
