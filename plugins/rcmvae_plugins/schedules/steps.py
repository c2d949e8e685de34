"""A staircase."""

from __future__ import annotations

import math

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from rcmvae_core.protocols import Context, Schedule
from rcmvae_plugins.schedules.cycle_params import StepsParams
from rcmvae_plugins.schedules.interpolate import LAST_STEP


def steps(params: StepsParams, context: Context) -> Schedule:
    """f(t) = max(start · factor^n, floor), n = ⌊max(t - delay, 0) / every⌋.

    Args:
        params: `start`, `factor`, `every`, `floor` and `delay`.
        context: steps in an epoch.

    Returns:
        A schedule, step to float32.

    Raises:
        ValueError: if each value is kept for less than a step.
    """
    every, delay = params.every.steps(context.steps_per_epoch), params.delay.steps(context.steps_per_epoch)
    if every < 1:
        raise ValueError(f"each value must be kept for at least 1 step, and every, {params.every}, has none")
    rate, start = math.log(params.factor), jnp.float32(params.start)

    def at(step: Int[Array, ""]) -> Float[Array, ""]:
        # Whole numbers: a quotient of floats may fall short of the next stair.
        stairs = jnp.maximum(step - min(delay, LAST_STEP), 0) // min(every, LAST_STEP)
        return jnp.clip(start * jnp.exp(rate * stairs.astype(jnp.float32)), params.floor, start)

    return at
