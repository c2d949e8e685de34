"""Computes -log p of counts so that float32 suffices from 0 to millions.

By Γ, -log p is a difference of numbers of the size x log x, of which float32 keeps no digit behind the point from some
thousands on. Loader's form has no such difference: what Stirling's formula leaves over, plus deviances of at least 0.

Source: C. Loader, "Fast and Accurate Computation of Binomial Probabilities", 2000.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

_LARGE = 8.0
"""The argument from which on Stirling's series of three terms is exact to float32."""
_NEAR = 0.1
"""The relative difference up to which a series replaces e - log(1 + e)."""
_FAR = -0.5
"""The relative difference below which 1 + e has lost digits."""
_TERMS = 9
_TINY = 1e-30
"""Replaces zero where a logarithm is multiplied by zero."""

Values = Float[Array, "..."]
"""Arrays that broadcast against each other."""


def stirling_rest(z: Values) -> Values:
    """Return log Γ(z + 1) - z log z + z for z ≥ 0, which is 0 at 0 and grows as log(2πz) / 2."""
    # Not by clipping, whose derivative at a bound is a half.
    is_small = z < _LARGE
    small, large = jnp.where(is_small & (z > 0), z, 1.0), jnp.where(is_small, _LARGE, z)
    exact = jax.lax.lgamma(small + 1) - small * jnp.log(small) + small
    series = 0.5 * jnp.log(2 * math.pi * large) + 1 / (12 * large) - 1 / (360 * large**3)
    return jnp.where(z <= 0, 0.0, jnp.where(is_small, exact, series))


def excess(e: Values, log_ratio: Values) -> Values:
    """Return e - log(1 + e), which is at least 0.

    Args:
        e: above -1.
        log_ratio: log(1 + e), computed so that it is exact for an e that is not near 0.
    """
    near = jnp.clip(e, -_NEAR, _NEAR)
    series = jnp.zeros_like(near)
    for power in range(_TERMS, 1, -1):  # by Horner's rule
        series = near * series + (-1) ** power / power
    return jnp.where(jnp.abs(e) < _NEAR, near**2 * series, e - log_ratio)


def deviance(x: Values, mean: Values, log_mean: Values) -> Values:
    """Return x log(x / m) + m - x for x ≥ 0 and m > 0; at x = 0 it is m.

    Args:
        x: a count.
        mean: m.
        log_mean: log m.
    """
    near = jnp.abs(mean - x) < _NEAR * x
    # The quotient is taken only where it is small, as its derivative overflows at 0.
    e = jnp.where(near, mean - x, 0.0) / jnp.where(near, x, 1.0)
    far = mean - x - x * (log_mean - jnp.log(jnp.maximum(x, _TINY)))
    return jnp.where(near, x * excess(e, jnp.zeros_like(e)), far)


def poisson_nll(x: Values, log_mean: Values) -> Values:
    """Return -log Poisson(x | m) = m - x log m + log Γ(x + 1), in nats.

    Args:
        x: counts.
        log_mean: log m.

    Example:
        >>> round(float(poisson_nll(jnp.float32(0), jnp.log(2.0))), 6)
        2.0
    """
    return deviance(x, jnp.exp(log_mean), log_mean) + stirling_rest(x)


def negative_binomial_nll(x: Values, log_mean: Values, log_theta: Values) -> Values:
    """Return -log NB(x | m, θ), in nats.

    -log p = log Γ(θ) + log Γ(x + 1) - log Γ(x + θ) + θ log((θ + m)/θ) + x log((θ + m)/m), the number of failures before
    θ successes of probability θ / (θ + m).

    Args:
        x: counts.
        log_mean: log m.
        log_theta: log θ, the inverse dispersion.

    Example:
        >>> round(float(negative_binomial_nll(jnp.float32(0), jnp.log(3.0), jnp.float32(0))), 6)
        1.386294
    """
    mean, theta = jnp.exp(log_mean), jnp.exp(log_theta)
    both = theta + mean
    log_both, total = jnp.logaddexp(log_mean, log_theta), x + theta
    # n = x + θ is expected to divide into θ and x as p and 1 - p: the deviances of both from n p and n (1 - p).
    e = (x - mean) / both
    # Exact logarithms of 1 + e = n / (θ + m): by log1p unless m is far larger than n.
    log_ratio = jnp.where(e > _FAR, jnp.log1p(jnp.where(e > _FAR, e, 0.0)), jnp.log(total) - log_both)
    of_theta = theta * excess(e, log_ratio)
    expected = total * (mean / both)
    of_x = deviance(x, expected, jnp.log(total) + log_mean - log_both)
    # Γ(z) = Γ(z + 1) / z, of θ and n.
    rests = stirling_rest(theta) + stirling_rest(x) - stirling_rest(total)
    return rests + jnp.log1p(x / theta) + of_theta + of_x
