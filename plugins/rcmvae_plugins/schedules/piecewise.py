"""Builds schedules with given values at given times, and staircases.

`optax.piecewise_constant_schedule` and `optax.piecewise_interpolate_schedule` take factors of an initial value, by
which a value of 0 or a change of sign cannot be given; `optax.exponential_decay` counts stairs by a float32 quotient,
which is inexact late in a run.
"""

from __future__ import annotations

import math

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from rcmvae_core.plugin.protocols import BuildContext, Schedule
from rcmvae_plugins.schedules._interpolate import LAST_STEP, between, progress
from rcmvae_plugins.schedules.params import PiecewiseParams, StepsParams


def piecewise(params: PiecewiseParams, context: BuildContext) -> Schedule:
    """Build f(t_i) = value_i, exactly; between two times the earlier value (`steps`) or a line (`linear`).

    The first value also holds before its time, and the last one after its time. If several values have the same step,
    the last of them counts.

    Args:
        params: values, times and the interpolation.
        context: steps per epoch.

    Returns:
        A schedule from a step to a float32 scalar.

    Raises:
        ValueError: if the times decrease.
    """
    times = [duration.steps_in(context) for duration in params.at]
    if times != sorted(times):
        raise ValueError(f"`at` must not decrease, got {', '.join(map(str, times))} (steps)")
    starts = jnp.asarray([min(time, LAST_STEP) for time in times], jnp.int32)
    values = jnp.asarray(params.values, jnp.float32)

    def at(step: Int[Array, ""]) -> Float[Array, ""]:
        current = jnp.clip(jnp.sum(step >= starts) - 1, 0)
        if params.interpolation == "steps":
            return values[current]
        following = jnp.minimum(current + 1, len(times) - 1)
        fraction = progress(step, starts[current], jnp.maximum(starts[following] - starts[current], 1))
        return between(values[current], values[following], fraction)

    return at


def steps(params: StepsParams, context: BuildContext) -> Schedule:
    """Build f(t) = max(start · factor^n, floor), n = ⌊max(t - delay, 0) / every⌋.

    Args:
        params: `start`, `factor`, `every`, `floor` and `delay`.
        context: steps per epoch.

    Returns:
        A schedule from a step to a float32 scalar.

    Raises:
        ValueError: if `every` is less than one step.
    """
    every, delay = params.every.steps_in(context), params.delay.steps_in(context)
    if every < 1:
        raise ValueError(f"`every` must be at least 1 step, got {params.every} ({every} steps)")
    rate, start = math.log(params.factor), jnp.float32(params.start)

    def at(step: Int[Array, ""]) -> Float[Array, ""]:
        # Integer division: a float32 quotient may round to just below the next stair.
        stairs = jnp.maximum(step - min(delay, LAST_STEP), 0) // min(every, LAST_STEP)
        return jnp.clip(start * jnp.exp(rate * stairs.astype(jnp.float32)), params.floor, start)

    return at
