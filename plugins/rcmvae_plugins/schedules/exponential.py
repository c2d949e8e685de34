"""A constant factor a step."""

from __future__ import annotations

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.protocols import Context, Schedule
from rcmvae_plugins.schedules.curve_params import ExponentialParams
from rcmvae_plugins.schedules.interpolate import ramp


def exponential(params: ExponentialParams, context: Context) -> Schedule:
    """f(t) = start · (end / start)^u, u = clip((t - delay) / over, 0, 1); exact at both ends.

    Args:
        params: the ends, both positive, `over` and `delay`.
        context: steps in an epoch.

    Returns:
        A schedule, step to float32.
    """
    start, end = params.start, params.end
    rate = math.log(end / start)

    def value(u: Float[Array, ""]) -> Float[Array, ""]:
        # A factor, not a share of the way: that would round small values off against a large start.
        curve = jnp.clip(jnp.float32(start) * jnp.exp(rate * u), min(start, end), max(start, end))
        return jnp.where(u >= 1, jnp.float32(end), curve)

    return ramp(params.over, params.delay, context.steps_per_epoch, value)
