"""Distances between all pairs of points, which losses of this family share."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def squared_distances(a: Float[Array, "*n I D"], b: Float[Array, "*n J D"]) -> Float[Array, "*n I J"]:
    """|a_i - b_j|² / D, the mean over coordinates."""
    # Full precision: accelerators round factors to 10 bits by default, and a small difference is all rounding.
    products = jnp.einsum("...id,...jd->...ij", a, b, precision=jax.lax.Precision.HIGHEST)
    sums = (a**2).sum(axis=-1)[..., :, None] + (b**2).sum(axis=-1)[..., None, :]
    # Far from the origin the rounding error of a point's distance from itself is large, and may be negative.
    return jnp.maximum(sums - 2 * products, 0) / a.shape[-1]
