"""Draws many inputs as the tiles of one image, as hundreds of axes would be slow."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from matplotlib.colors import to_rgb

from rcmvae_plugins.figures._style import BAD, HEAT


class TileSheet(NamedTuple):
    """Tiles in one image, with transparent gaps.

    Args:
        pixels: RGBA of the image, in [0, 1].
        rows: vertical centre of each row of tiles, in pixels.
    """

    pixels: Float[np.ndarray, "H W 4"]
    rows: Float[np.ndarray, " R"]


_IMAGE_AXES = 3
_RGB = 3


def is_image(shape: tuple[int, ...]) -> bool:
    """Return whether the shape of an input is that of an image, (H, W, C)."""
    return len(shape) == _IMAGE_AXES


def to_rgba(values: Float[np.ndarray, "..."], *, image: bool) -> Float[np.ndarray, "... h w 4"]:
    """Convert inputs in [0, 1] to RGBA: images as they are, features as a strip that is one pixel high.

    Args:
        values: images [..., H, W, C], or features [..., F].
        image: whether they are images.

    Returns:
        Values in [0, 1]; pixels that are not finite have a colour of their own.
    """
    broken = ~np.isfinite(values)
    clipped = np.clip(np.where(broken, 0.0, values), 0.0, 1.0)
    if image:
        # Images that are not RGB are shown as the mean over their colours.
        rgb = clipped if values.shape[-1] == _RGB else clipped.mean(axis=-1, keepdims=True).repeat(3, axis=-1)
        pixels = np.concatenate([rgb, np.ones_like(rgb[..., :1])], axis=-1)
        broken = broken.any(axis=-1)
    else:
        pixels, broken = HEAT(clipped)[..., None, :, :], broken[..., None, :]
    pixels[broken] = (*to_rgb(BAD), 1.0)
    return pixels


def tile_sheet(tiles: Float[np.ndarray, "R C h w 4"], *, gap: int, group: int, group_gap: int) -> TileSheet:
    """Arrange tiles in rows and columns.

    Args:
        tiles: images of the same size.
        gap: pixels between neighbours.
        group: the number of rows in a group.
        group_gap: additional pixels below each group.

    Returns:
        The image and the centres of its rows.
    """
    rows, columns, height, width, _ = tiles.shape
    tops = [row * (height + gap) + row // group * group_gap for row in range(rows)]
    pixels = np.zeros((tops[-1] + height, columns * (width + gap) - gap, 4))
    for row, top in enumerate(tops):
        for column in range(columns):
            left = column * (width + gap)
            pixels[top : top + height, left : left + width] = tiles[row, column]
    return TileSheet(pixels, np.array(tops) + (height - 1) / 2)
