"""Progress in time and values between two ends, which schedules of this family share."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from rcmvae_core.params import Duration
from rcmvae_core.protocols import Schedule

Scalar = Float[Array, ""]
LAST_STEP = 2**31 - 1
"""The last step that an int32 counts; what would come later never comes."""


def progress(
    step: Int[Array, ""], begin: int | Int[Array, ""], length: float | Int[Array, ""] | Scalar
) -> Scalar:
    """The share of `length` steps that is over, in [0, 1]; a length of zero is over as soon as it begins.

    Args:
        step: steps done.
        begin: the step at which it begins, at most `LAST_STEP`.
        length: whole or a fraction of steps, of any size.

    Example:
        >>> [float(progress(jnp.asarray(step), 10, 4)) for step in (0, 10, 11, 14, 99)]
        [0.0, 0.0, 0.25, 1.0, 1.0]
    """
    done, length = (jnp.asarray(step) - begin).astype(jnp.float32), jnp.float32(length)
    share = jnp.clip(done / jnp.maximum(length, 1), 0, 1)
    return jnp.where(length == 0, (done >= 0).astype(jnp.float32), share)


def between(start: float | Scalar, end: float | Scalar, share: Scalar) -> Scalar:
    """`start` at share 0, `end` at share 1, both exactly; a line in between, never past the ends."""
    start, end = jnp.float32(start), jnp.float32(end)
    line = jnp.clip(start + share * (end - start), jnp.minimum(start, end), jnp.maximum(start, end))
    return jnp.where(share >= 1, end, line)


def half_cosine(share: Scalar) -> Scalar:
    """(1 - cos πu) / 2: from 0 to 1, slow, fast, slow."""
    return (1 - jnp.cos(jnp.pi * share)) / 2


def ramp(
    over: Duration, delay: Duration, steps_per_epoch: int, value: Callable[[Scalar], Scalar]
) -> Schedule:
    """A schedule from the value of a share of time; it holds its ends outside."""
    begin, length = min(delay.steps(steps_per_epoch), LAST_STEP), over.steps(steps_per_epoch)

    def at(step: Int[Array, ""]) -> Scalar:
        return value(progress(step, begin, length))

    return at


def then(first: Schedule, boundary: int, second: Schedule) -> Schedule:
    """`first` before the step `boundary`, and from there on `second`, which counts from it."""
    begin = min(boundary, LAST_STEP)

    def at(step: Int[Array, ""]) -> Scalar:
        return jnp.where(step < begin, first(step), second(step - begin))

    return at


def cycle_steps(period: Duration, steps_per_epoch: int) -> int:
    """The steps of a cycle.

    Raises:
        ValueError: if it is one step or none, in which nothing can change.
    """
    steps = period.steps(steps_per_epoch)
    if steps < 2:  # noqa: PLR2004 - the first value and another
        raise ValueError(f"a cycle needs at least 2 steps, and a period of {period} has {steps}")
    return steps
