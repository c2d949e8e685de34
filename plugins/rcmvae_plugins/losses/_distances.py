"""Computes distances between all pairs of points, for the losses of this family."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def squared_distances(a: Float[Array, "*n I D"], b: Float[Array, "*n J D"]) -> Float[Array, "*n I J"]:
    """Return |a_i - b_j|² / D, the mean over coordinates."""
    # Full precision: by default accelerators round factors to 10 bits, of which a small difference keeps none.
    products = jnp.einsum("...id,...jd->...ij", a, b, precision=jax.lax.Precision.HIGHEST)
    sums = (a**2).sum(axis=-1)[..., :, None] + (b**2).sum(axis=-1)[..., None, :]
    # Far from the origin, rounding can make the distance of a point from itself negative.
    return jnp.maximum(sums - 2 * products, 0) / a.shape[-1]
