"""Affine maps of images, by bilinear interpolation."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int


class Geometry(NamedTuple):
    """An affine map about the centre of each image: mirror, then zoom, shear, turn and shift.

    Args:
        rotation: counter-clockwise, in radians.
        zoom: the factor of lengths.
        shear: the slant of columns, in radians; the lower half moves to the right.
        shift: in pixels, down and to the right.
        mirror: -1 for a mirror image, left for right, else 1.
    """

    rotation: Float[Array, " B"]
    zoom: Float[Array, " B"]
    shear: Float[Array, " B"]
    shift: Float[Array, "B 2"]
    mirror: Float[Array, " B"]


def inverse(geometry: Geometry) -> Float[Array, "B 2 2"]:
    """The matrix from (row, column) of the result, about the centre and without its shift, to those of the source."""
    cosine, sine = jnp.cos(geometry.rotation), jnp.sin(geometry.rotation)
    slant = jnp.tan(geometry.shear)
    rows = jnp.stack([cosine, sine], axis=-1)
    columns = jnp.stack([-sine - slant * cosine, cosine - slant * sine], axis=-1)
    matrix = jnp.stack([rows, columns * geometry.mirror[:, None]], axis=1)
    return matrix / geometry.zoom[:, None, None]


def warp(x: Float[Array, "B H W C"], geometry: Geometry) -> Float[Array, "B H W C"]:
    """Each image under its map; what comes from outside is zero, also as a neighbour in the interpolation.

    Args:
        x: images.
        geometry: a map for each.

    Returns:
        Images of the same shape; exactly x under the identity.
    """
    height, width = x.shape[1:3]
    # A frame of zeros, two wide at the far sides: every place and its neighbours then lie inside.
    framed = jnp.pad(x, ((0, 0), (1, 2), (1, 2), (0, 0)))
    row, column = _sources(height, width, geometry)
    row, row_share = _split(row, height)
    column, column_share = _split(column, width)
    image = jnp.arange(x.shape[0], dtype=jnp.int32)[:, None, None]
    place = (image * (height + 3) + row) * (width + 3) + column
    pixels = framed.reshape(-1, x.shape[3])

    def along_columns(place: Int[Array, "B H W"]) -> Float[Array, "B H W C"]:
        # Indices in one axis, known to be inside: the fastest gather on CPU.
        left = pixels.at[place].get(mode="promise_in_bounds")
        right = pixels.at[place + 1].get(mode="promise_in_bounds")
        return (1 - column_share) * left + column_share * right

    return (1 - row_share) * along_columns(place) + row_share * along_columns(place + width + 3)


def _sources(
    height: int, width: int, geometry: Geometry
) -> tuple[Float[Array, "B H W"], Float[Array, "B H W"]]:
    """Row and column of the source for every pixel of the result."""
    middle = jnp.array([(height - 1) / 2, (width - 1) / 2])
    shift = geometry.shift[:, :, None, None]
    down = jnp.arange(height)[:, None] - middle[0] - shift[:, 0]
    right = jnp.arange(width) - middle[1] - shift[:, 1]
    matrix = inverse(geometry)[..., None, None]
    return (
        matrix[:, 0, 0] * down + matrix[:, 0, 1] * right + middle[0],
        matrix[:, 1, 0] * down + matrix[:, 1, 1] * right + middle[1],
    )


def _split(place: Float[Array, "B H W"], size: int) -> tuple[Int[Array, "B H W"], Float[Array, "B H W 1"]]:
    """The pixel in the frame at or before a place, and the share of the one after it."""
    inside = jnp.clip(place, -1, size) + 1
    before = jnp.floor(inside)
    return before.astype(jnp.int32), (inside - before)[..., None]
