"""Progress in time and values between two ends, which schedules of this family share."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from rcmvae_core.params import Duration
from rcmvae_core.protocols import Schedule

Scalar = Float[Array, ""]


def progress(step: Int[Array, ""], begin: int | Int[Array, ""], length: int | Int[Array, ""]) -> Scalar:
    """The share of `length` steps that is over, in [0, 1]; a length of zero is over as soon as it begins.

    Example:
        >>> [float(progress(jnp.asarray(step), 10, 4)) for step in (0, 10, 11, 14, 99)]
        [0.0, 0.0, 0.25, 1.0, 1.0]
    """
    done = (jnp.asarray(step) - begin).astype(jnp.float32)
    share = jnp.clip(done / jnp.maximum(length, 1), 0, 1)
    return jnp.where(jnp.asarray(length) == 0, (done >= 0).astype(jnp.float32), share)


def between(start: float | Scalar, end: float | Scalar, share: Scalar) -> Scalar:
    """`start` at share 0, `end` at share 1, both exactly; a line in between, never past the ends."""
    start, end = jnp.float32(start), jnp.float32(end)
    line = jnp.clip(start + share * (end - start), jnp.minimum(start, end), jnp.maximum(start, end))
    return jnp.where(share >= 1, end, line)


def ramp(
    over: Duration, delay: Duration, steps_per_epoch: int, value: Callable[[Scalar], Scalar]
) -> Schedule:
    """A schedule from the value of a share of time; it holds its ends outside."""
    begin, length = delay.steps(steps_per_epoch), over.steps(steps_per_epoch)

    def at(step: Int[Array, ""]) -> Scalar:
        return value(progress(step, begin, length))

    return at
