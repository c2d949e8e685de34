"""Builds schedules that go from one value to another once, or stay constant."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from rcmvae_core.plugin.protocols import BuildContext, Schedule
from rcmvae_plugins.schedules._interpolate import between, half_cosine, ramp
from rcmvae_plugins.schedules.params import (
    ConstantParams,
    CosineParams,
    ExponentialParams,
    LinearParams,
    PolynomialParams,
)


def constant(params: ConstantParams, context: BuildContext) -> Schedule:
    """Build f(t) = value.

    Args:
        params: the value.
        context: unused.

    Returns:
        A schedule from a step to a float32 scalar.
    """
    del context
    build: Any = optax.constant_schedule  # its type of a schedule also allows Python numbers
    return build(jnp.float32(params.value))


def linear(params: LinearParams, context: BuildContext) -> Schedule:
    """Build f(t) = start + u (end - start), u = clip((t - delay) / over, 0, 1); exact at both ends.

    Args:
        params: `start`, `end`, `over` and `delay`.
        context: steps per epoch.

    Returns:
        A schedule from a step to a float32 scalar.
    """
    start, end = params.start, params.end
    return ramp(params.over, params.delay, context, lambda u: between(start, end, u))


def cosine(params: CosineParams, context: BuildContext) -> Schedule:
    """Build f(t) = start + (1 - cos πu)/2 · (end - start), u = clip((t - delay) / over, 0, 1); exact at both ends.

    Args:
        params: `start`, `end`, `over` and `delay`.
        context: steps per epoch.

    Returns:
        A schedule from a step to a float32 scalar.

    Source: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017.
    """

    def value(u: Float[Array, ""]) -> Float[Array, ""]:
        return between(params.start, params.end, half_cosine(u))

    return ramp(params.over, params.delay, context, value)


def exponential(params: ExponentialParams, context: BuildContext) -> Schedule:
    """Build f(t) = start · (end / start)^u, u = clip((t - delay) / over, 0, 1); exact at both ends.

    Args:
        params: `start` and `end`, both positive, `over` and `delay`.
        context: steps per epoch.

    Returns:
        A schedule from a step to a float32 scalar.
    """
    start, end = params.start, params.end
    rate = math.log(end / start)

    def value(u: Float[Array, ""]) -> Float[Array, ""]:
        # A product keeps the relative precision of small values, which a sum with a large start would round off.
        curve = jnp.clip(jnp.float32(start) * jnp.exp(rate * u), min(start, end), max(start, end))
        return jnp.where(u >= 1, jnp.float32(end), curve)

    return ramp(params.over, params.delay, context, value)


def polynomial(params: PolynomialParams, context: BuildContext) -> Schedule:
    """Build f(t) = end + (1 - u)^power (start - end), u = clip((t - delay) / over, 0, 1); exact at both ends.

    Args:
        params: `start`, `end`, `power`, `over` and `delay`.
        context: steps per epoch.

    Returns:
        A schedule from a step to a float32 scalar.
    """

    def value(u: Float[Array, ""]) -> Float[Array, ""]:
        return between(params.end, params.start, (1 - u) ** params.power)

    return ramp(params.over, params.delay, context, value)
