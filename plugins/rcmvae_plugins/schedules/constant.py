"""A constant."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from rcmvae_core.protocols import Context, Schedule
from rcmvae_plugins.schedules.params import ConstantParams


def constant(params: ConstantParams, context: Context) -> Schedule:
    """f(t) = value.

    Args:
        params: the value.
        context: unused.

    Returns:
        A schedule, step to float32.
    """
    del context

    def at(step: Int[Array, ""]) -> Float[Array, ""]:
        del step
        return jnp.float32(params.value)

    return at
