"""Covers squares of images."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key


class Squares(NamedTuple):
    """Squares of each image, whose centres are inside the image and whose sides may not be.

    Args:
        centre: in pixels, from the top and from the left.
        side: in pixels; 0 covers nothing.
    """

    centre: Float[Array, "B n 2"]
    side: Float[Array, "B n"]


def draw_squares(
    key: Key[Array, ""], shape: tuple[int, int], sides: tuple[int, int], sizes: tuple[float, float]
) -> Squares:
    """Draw centres and sizes uniformly.

    Args:
        key: of the draw.
        shape: the number of images B, and that of squares in each.
        sides: height and width of an image in pixels.
        sizes: least and largest side of a square, as fractions of the image's shorter side.

    Returns:
        The squares.
    """
    place, size = jnp.split(jax.random.uniform(key, (*shape, 3)), [2], axis=-1)
    low, high = sizes
    return Squares(
        centre=place * jnp.array(sides, jnp.float32) - 0.5,
        side=min(sides) * (low + (high - low) * size[..., 0]),
    )


def covered(squares: Squares, sides: tuple[int, int]) -> Bool[Array, "B H W 1"]:
    """Return the pixels whose centre is in a square.

    Args:
        squares: the squares.
        sides: H and W.

    Returns:
        True for pixels of any square.
    """
    rows, columns = (
        jnp.abs(jnp.arange(side) - squares.centre[..., axis, None]) < squares.side[..., None] / 2
        for axis, side in enumerate(sides)
    )
    return jnp.any(rows[:, :, :, None] & columns[:, :, None, :], axis=1)[..., None]
