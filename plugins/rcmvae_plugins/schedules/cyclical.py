"""The same ramp again and again."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from rcmvae_core.protocols import Context, Schedule
from rcmvae_plugins.schedules.cycle_params import CyclicalParams
from rcmvae_plugins.schedules.interpolate import LAST_STEP, between, cycle_steps, half_cosine, progress


def cyclical(params: CyclicalParams, context: Context) -> Schedule:
    """f(t) = start + g(min(τ / ramp, 1)) (end - start), τ = ((t - delay) mod period) / period.

    g is the identity or (1 - cos πu)/2. Before `delay` the first value holds, after the last cycle `end`.

    Args:
        params: the ends, `period`, `ramp`, `cycles`, `shape` and `delay`.
        context: steps in an epoch.

    Returns:
        A schedule, step to float32.

    Raises:
        ValueError: if a cycle has fewer than two steps.

    Source: H. Fu et al., "Cyclical Annealing Schedule: A Simple Approach to Mitigating KL Vanishing", 2019.
    """
    period = cycle_steps(params.period, context.steps_per_epoch)
    delay, length = params.delay.steps(context.steps_per_epoch), min(period, LAST_STEP)

    def at(step: Int[Array, ""]) -> Float[Array, ""]:
        done = jnp.maximum(step - min(delay, LAST_STEP), 0)
        share = progress(done % length, 0, params.ramp * period)
        if params.shape == "cosine":
            share = half_cosine(share)
        if params.cycles is not None:
            share = jnp.where(done // length >= params.cycles, jnp.float32(1), share)
        return between(params.start, params.end, share)

    return at
