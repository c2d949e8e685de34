"""Reads images at fractional positions, with bilinear interpolation."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float, Int


def sample(
    x: Float[Array, "B H W C"], row: Float[Array, "B H W"], column: Float[Array, "B H W"]
) -> Float[Array, "B H W C"]:
    """Return images whose pixels are read at other positions; pixels outside are zero, also as neighbours.

    Args:
        x: images.
        row: the position of each pixel of the result in pixels from the top, which may be fractional or outside.
        column: the same from the left.

    Returns:
        Images of the same shape; exactly x if every pixel is read at its own position.
    """
    height, width = x.shape[1:3]
    # A border of zeros, two wide at the far sides, so that every position and its neighbours are inside.
    padded = jnp.pad(x, ((0, 0), (1, 2), (1, 2), (0, 0)))
    row, row_weight = _split(row, height)
    column, column_weight = _split(column, width)
    image = jnp.arange(x.shape[0], dtype=jnp.int32)[:, None, None]
    index = (image * (height + 3) + row) * (width + 3) + column
    pixels = padded.reshape(-1, x.shape[3])

    def along_columns(index: Int[Array, "B H W"]) -> Float[Array, "B H W C"]:
        # Indices into a single axis that are known to be inside are the fastest gather on CPU.
        left = pixels.at[index].get(mode="promise_in_bounds")
        right = pixels.at[index + 1].get(mode="promise_in_bounds")
        return (1 - column_weight) * left + column_weight * right

    return (1 - row_weight) * along_columns(index) + row_weight * along_columns(index + width + 3)


def _split(position: Float[Array, "B H W"], size: int) -> tuple[Int[Array, "B H W"], Float[Array, "B H W 1"]]:
    """Return the index in the padded image of the pixel at or before a position, and the weight of the next pixel."""
    inside = jnp.clip(position, -1, size) + 1
    before = jnp.floor(inside)
    return before.astype(jnp.int32), (inside - before)[..., None]
