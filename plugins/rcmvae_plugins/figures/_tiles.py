"""Inputs as pictures: many tiles in one image, because an axes for each is slow by the hundred."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from matplotlib.colors import to_rgb

from rcmvae_plugins.figures._style import BAD, HEAT


class Sheet(NamedTuple):
    """Tiles in one image, with the gaps between them transparent; places in pixels."""

    pixels: Float[np.ndarray, "H W 4"]
    rows: Float[np.ndarray, " R"]


_IMAGE_AXES = 3
_RGB = 3


def is_image(shape: tuple[int, ...]) -> bool:
    """Whether one input is (H, W, C)."""
    return len(shape) == _IMAGE_AXES


def coloured(values: Float[np.ndarray, "..."], *, image: bool) -> Float[np.ndarray, "... h w 4"]:
    """RGBA of inputs in [0, 1]: images as they are, features as a strip one pixel high.

    Args:
        values: [..., H, W, C] of images, [..., F] of features.
        image: which of the two.
    """
    broken = ~np.isfinite(values)
    clipped = np.clip(np.where(broken, 0.0, values), 0.0, 1.0)
    if image:
        # Neither grey nor RGB has a picture of its own; the mean over its channels is one.
        rgb = clipped if values.shape[-1] == _RGB else clipped.mean(axis=-1, keepdims=True).repeat(3, axis=-1)
        pixels = np.concatenate([rgb, np.ones_like(rgb[..., :1])], axis=-1)
        broken = broken.any(axis=-1)
    else:
        pixels, broken = HEAT(clipped)[..., None, :, :], broken[..., None, :]
    pixels[broken] = (*to_rgb(BAD), 1.0)
    return pixels


def sheet(tiles: Float[np.ndarray, "R C h w 4"], *, gap: int, group: int, group_gap: int) -> Sheet:
    """Lay tiles out in rows and columns.

    Args:
        tiles: pictures of one size.
        gap: pixels between neighbours.
        group: rows that belong together.
        group_gap: more pixels below each group.
    """
    rows, columns, height, width, _ = tiles.shape
    tops = [row * (height + gap) + row // group * group_gap for row in range(rows)]
    pixels = np.zeros((tops[-1] + height, columns * (width + gap) - gap, 4))
    for row, top in enumerate(tops):
        for column in range(columns):
            left = column * (width + gap)
            pixels[top : top + height, left : left + width] = tiles[row, column]
    return Sheet(pixels, np.array(tops) + (height - 1) / 2)
