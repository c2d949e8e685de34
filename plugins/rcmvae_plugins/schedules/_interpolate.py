"""Interpolates between two values by the fraction of time that has passed, for the schedules of this family.

`optax.linear_schedule`, `polynomial_schedule`, `cosine_decay_schedule` and `exponential_decay` have the same curves
within their ranges, but not at their ends: they compute `(start - end) * fraction + end`, which in float32 misses a
small `start` beside a large `end`, their cosine ends at a multiple of its start, and a duration of 0 keeps the
initial value forever. Here both ends are exact, values never leave [start, end], and a duration of 0 is a jump.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from rcmvae_core.plugin.duration import Duration
from rcmvae_core.plugin.protocols import BuildContext, Schedule

Scalar = Float[Array, ""]
LAST_STEP = 2**31 - 1
"""The largest step that an int32 can count; a time after it is never reached."""


def progress(
    step: Int[Array, ""], begin: int | Int[Array, ""], length: float | Int[Array, ""] | Scalar
) -> Scalar:
    """Return the fraction of `length` steps that has passed, in [0, 1]; if `length` is 0, 1 from `begin` on.

    Args:
        step: the number of completed steps.
        begin: the first step, at most `LAST_STEP`.
        length: the number of steps, not necessarily an integer.

    Example:
        >>> [float(progress(jnp.asarray(step), 10, 4)) for step in (0, 10, 11, 14, 99)]
        [0.0, 0.0, 0.25, 1.0, 1.0]
    """
    done, length = (jnp.asarray(step) - begin).astype(jnp.float32), jnp.float32(length)
    # The maximum keeps 0 / 0 out of the program: `where` computes both of its branches.
    fraction = jnp.clip(done / jnp.maximum(length, 1), 0, 1)
    return jnp.where(length == 0, (done >= 0).astype(jnp.float32), fraction)


def between(start: float | Scalar, end: float | Scalar, fraction: Scalar) -> Scalar:
    """Interpolate linearly: exactly `start` at fraction 0 and `end` at fraction 1, and never outside them.

    Args:
        start: the value at fraction 0.
        end: the value at fraction 1.
        fraction: in [0, 1].
    """
    start, end = jnp.float32(start), jnp.float32(end)
    # start + 1 · (end - start) need not be `end` in float32, and may exceed it.
    line = jnp.clip(start + fraction * (end - start), jnp.minimum(start, end), jnp.maximum(start, end))
    return jnp.where(fraction >= 1, end, line)


def half_cosine(fraction: Scalar) -> Scalar:
    """Return (1 - cos πu) / 2 of the fraction u, which rises from 0 to 1 with slope 0 at both ends."""
    return (1 - jnp.cos(jnp.pi * fraction)) / 2


def ramp(
    over: Duration, delay: Duration, context: BuildContext, value: Callable[[Scalar], Scalar]
) -> Schedule:
    """Build a schedule from the value at each fraction of its duration.

    Args:
        over: the duration of the change.
        delay: the duration before it, at `value(0)`.
        context: the length of the run, which converts both to steps.
        value: the value at a fraction in [0, 1].
    """
    begin, length = min(delay.steps_in(context), LAST_STEP), over.steps_in(context)

    def at(step: Int[Array, ""]) -> Scalar:
        return value(progress(step, begin, length))

    return at


def then(first: Schedule, boundary: int, second: Schedule) -> Schedule:
    """Follow a schedule by another, which counts from the boundary.

    Args:
        first: the schedule before `boundary`.
        boundary: a step.
        second: the schedule from `boundary` on.
    """
    join: Any = optax.join_schedules  # its type of a schedule also allows Python numbers
    return join([first, second], [min(boundary, LAST_STEP)])


def cycle_steps(period: Duration, context: BuildContext) -> int:
    """Return the number of steps in a cycle.

    Raises:
        ValueError: if it is below 2, the least number in which a value can change.
    """
    steps = period.steps_in(context)
    if steps < 2:  # noqa: PLR2004 - the initial value and another
        raise ValueError(f"`period` must be at least 2 steps, got {period} ({steps} steps)")
    return steps
