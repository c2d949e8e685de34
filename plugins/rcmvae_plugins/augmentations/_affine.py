"""Maps images affinely."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_plugins.augmentations._sampling import sample


class Geometry(NamedTuple):
    """An affine map about the centre of each image: mirror, then zoom, shear, rotate and shift.

    Args:
        rotation: angle in radians, counter-clockwise.
        zoom: factor of lengths.
        shear: slant of columns in radians; the lower half moves to the right.
        shift: in pixels, down and to the right.
        mirror: -1 to exchange left and right, else 1.
    """

    rotation: Float[Array, " B"]
    zoom: Float[Array, " B"]
    shear: Float[Array, " B"]
    shift: Float[Array, "B 2"]
    mirror: Float[Array, " B"]


def inverse(geometry: Geometry) -> Float[Array, "B 2 2"]:
    """Return the matrix that maps (row, column) of the result, about the centre and without shift, to the source."""
    cosine, sine = jnp.cos(geometry.rotation), jnp.sin(geometry.rotation)
    slant = jnp.tan(geometry.shear)
    rows = jnp.stack([cosine, sine], axis=-1)
    columns = jnp.stack([-sine - slant * cosine, cosine - slant * sine], axis=-1)
    matrix = jnp.stack([rows, columns * geometry.mirror[:, None]], axis=1)
    return matrix / geometry.zoom[:, None, None]


def warp(x: Float[Array, "B H W C"], geometry: Geometry) -> Float[Array, "B H W C"]:
    """Map images; pixels outside the source are zero, also as neighbours in the interpolation.

    Args:
        x: images.
        geometry: the map of each image.

    Returns:
        Images of the same shape; exactly x under the identity.
    """
    return sample(x, *source_positions(x.shape[1], x.shape[2], geometry))


def source_positions(
    height: int, width: int, geometry: Geometry
) -> tuple[Float[Array, "B H W"], Float[Array, "B H W"]]:
    """Compute the position in the source of every pixel of the result.

    Args:
        height: H.
        width: W.
        geometry: the map of each image.

    Returns:
        Rows and columns, which may be fractional or outside.
    """
    centre = jnp.array([(height - 1) / 2, (width - 1) / 2])
    shift = geometry.shift[:, :, None, None]
    down = jnp.arange(height)[:, None] - centre[0] - shift[:, 0]
    right = jnp.arange(width) - centre[1] - shift[:, 1]
    matrix = inverse(geometry)[..., None, None]
    return (
        matrix[:, 0, 0] * down + matrix[:, 0, 1] * right + centre[0],
        matrix[:, 1, 0] * down + matrix[:, 1, 1] * right + centre[1],
    )
