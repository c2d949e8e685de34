"""Values at given times."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from rcmvae_core.protocols import Context, Schedule
from rcmvae_plugins.schedules.curve_params import PiecewiseParams
from rcmvae_plugins.schedules.interpolate import LAST_STEP, between, progress


def piecewise(params: PiecewiseParams, context: Context) -> Schedule:
    """f(t_i) = value_i, exactly; between two times the earlier value (`steps`) or a line (`linear`).

    Before the first time the first value holds, after the last the last. Of values at the same step the last
    wins.

    Args:
        params: values and times.
        context: steps in an epoch.

    Returns:
        A schedule, step to float32.

    Raises:
        ValueError: if times go back.
    """
    times = [duration.steps(context.steps_per_epoch) for duration in params.at]
    if times != sorted(times):
        raise ValueError(f"the times of a piecewise schedule go back: {', '.join(map(str, times))} (steps)")
    starts = jnp.asarray([min(time, LAST_STEP) for time in times], jnp.int32)
    values = jnp.asarray(params.values, jnp.float32)

    def at(step: Int[Array, ""]) -> Float[Array, ""]:
        current = jnp.clip(jnp.sum(step >= starts) - 1, 0)
        if params.interpolation == "steps":
            return values[current]
        following = jnp.minimum(current + 1, len(times) - 1)
        share = progress(step, starts[current], jnp.maximum(starts[following] - starts[current], 1))
        return between(values[current], values[following], share)

    return at
