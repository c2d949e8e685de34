"""Builds schedules that repeat: ramps, and cosine decays with warm restarts."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from rcmvae_core.plugin.protocols import BuildContext, Schedule
from rcmvae_plugins.schedules._interpolate import LAST_STEP, between, cycle_steps, half_cosine, progress
from rcmvae_plugins.schedules.params import CyclicalParams, SgdrParams


def cyclical(params: CyclicalParams, context: BuildContext) -> Schedule:
    """Build f(t) = start + g(min(τ / ramp, 1)) (end - start), τ = ((t - delay) mod period) / period.

    g is the identity or (1 - cos πu)/2. The value is `start` before `delay`, and `end` after the last cycle.

    Args:
        params: `start`, `end`, `period`, `ramp`, `cycles`, `shape` and `delay`.
        context: steps per epoch.

    Returns:
        A schedule from a step to a float32 scalar.

    Raises:
        ValueError: if a cycle has fewer than two steps.

    Source: H. Fu et al., "Cyclical Annealing Schedule: A Simple Approach to Mitigating KL Vanishing", 2019.
    """
    period = cycle_steps(params.period, context)
    delay, length = params.delay.steps_in(context), min(period, LAST_STEP)

    def at(step: Int[Array, ""]) -> Float[Array, ""]:
        done = jnp.maximum(step - min(delay, LAST_STEP), 0)
        fraction = progress(done % length, 0, params.ramp * period)
        if params.shape == "cosine":
            fraction = half_cosine(fraction)
        if params.cycles is not None:
            fraction = jnp.where(done // length >= params.cycles, jnp.float32(1), fraction)
        return between(params.start, params.end, fraction)

    return at


class _Cycles(NamedTuple):
    """The first step, the number of steps and the first value of each cycle."""

    begins: list[int]
    lengths: list[int]
    values: list[float]


def _restarts(params: SgdrParams, first: int) -> _Cycles:
    """Return the cycles of `sgdr`, of which the first has `first` steps, as far as int32 steps reach."""
    cycles, begin = _Cycles([], [], []), 0
    low, high = params.extent()
    for index in range(params.cycles):
        length = round(first * params.growth**index)
        cycles.begins.append(begin)
        cycles.lengths.append(length)
        share = params.shrink**index
        # Not end + share (start - end), in which a small start is lost beside a large end.
        cycles.values.append(min(max(share * params.start + (1 - share) * params.end, low), high))
        begin += length
        if begin > LAST_STEP:
            break
    return cycles


def sgdr(params: SgdrParams, context: BuildContext) -> Schedule:
    """Build cycles of half a cosine, cycle i from end + shrink^i (start - end) to `end` in period · growth^i steps.

    Args:
        params: `start`, `end`, `period`, `cycles`, `growth` and `shrink`.
        context: steps per epoch.

    Returns:
        A schedule from a step to a float32 scalar; `end` after the last cycle.

    Raises:
        ValueError: if a cycle has fewer than two steps.

    Source: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017.
    """
    # optax.sgdr_schedule has the same values, but joins a schedule per cycle: a thousand would be slow to compile.
    cycles = _restarts(params, cycle_steps(params.period, context))
    begins, lengths = jnp.asarray(cycles.begins, jnp.int32), jnp.asarray(cycles.lengths, jnp.float32)
    values = jnp.asarray(cycles.values, jnp.float32)

    def at(step: Int[Array, ""]) -> Float[Array, ""]:
        current = jnp.sum(step >= begins) - 1
        fraction = progress(step, begins[current], lengths[current])
        return between(values[current], params.end, half_cosine(fraction))

    return at
