"""Half cosines, one after another."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from rcmvae_core.protocols import Context, Schedule
from rcmvae_plugins.schedules.cycle_params import SgdrParams
from rcmvae_plugins.schedules.interpolate import LAST_STEP, between, cycle_steps, half_cosine, progress


def _cycles(params: SgdrParams, first: int) -> tuple[list[int], list[float], list[float]]:
    """When each cycle begins, how many steps it has and its first value; none that would begin too late."""
    begins, lengths, values, begin = list[int](), list[float](), list[float](), 0
    low, high = params.extent()
    for index in range(params.cycles):
        length = round(first * params.growth**index)
        begins.append(begin)
        lengths.append(length)
        share = params.shrink**index
        # Not end + share (start - end): a small start would be lost beside a large end.
        values.append(min(max(share * params.start + (1 - share) * params.end, low), high))
        begin += length
        if begin > LAST_STEP:
            break
    return begins, lengths, values


def sgdr(params: SgdrParams, context: Context) -> Schedule:
    """Cycle i goes from end + shrink^i (start - end) to `end` along half a cosine, in period · growth^i steps.

    Args:
        params: the ends, `period`, `cycles`, `growth` and `shrink`.
        context: steps in an epoch.

    Returns:
        A schedule, step to float32; after the last cycle `end` holds.

    Raises:
        ValueError: if a cycle has fewer than two steps.

    Source: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017.
    """
    cycles = _cycles(params, cycle_steps(params.period, context.steps_per_epoch))
    begins, lengths = jnp.asarray(cycles[0], jnp.int32), jnp.asarray(cycles[1], jnp.float32)
    values = jnp.asarray(cycles[2], jnp.float32)

    def at(step: Int[Array, ""]) -> Float[Array, ""]:
        current = jnp.sum(step >= begins) - 1
        share = progress(step, begins[current], lengths[current])
        return between(values[current], params.end, half_cosine(share))

    return at
