"""Arranges images in a grid and writes it as a PNG file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

_COLOUR_CHANNELS = (1, 3)
_GAP = 2
"""White pixels between two images."""
_MIN_SIDE = 48
"""Pixels of the longer side below which images are enlarged, by a whole factor."""


def is_image_shape(shape: tuple[int, ...]) -> bool:
    """Return whether inputs of this shape are images [H W C], grey or RGB."""
    return len(shape) == 3 and shape[-1] in _COLOUR_CHANNELS  # noqa: PLR2004


def tile(images: Float[np.ndarray, "R S H W C"]) -> UInt8[np.ndarray, "h w C"]:
    """Join rows of images with values in [0, 1] into one, with white gaps; enlarge small images.

    Returns:
        The grid as bytes, 255 for 1.
    """
    scale = max(1, _MIN_SIDE // max(images.shape[2:4]))
    images = images.repeat(scale, axis=2).repeat(scale, axis=3)
    rows, columns, height, width, channels = images.shape
    grid = np.full((rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP, channels), 255, np.uint8)
    for row in range(rows):
        for column in range(columns):
            top, left = row * (height + _GAP), column * (width + _GAP)
            values = np.rint(np.clip(images[row, column], 0, 1) * 255).astype(np.uint8)
            grid[top : top + height, left : left + width] = values
    return grid


def arrange_in_square(images: Float[np.ndarray, "n *x"]) -> Float[np.ndarray, "R S *x"]:
    """Arrange images in about as many rows as columns; fill the last row with white images.

    Returns:
        The images in R rows of S.
    """
    columns = int(np.ceil(np.sqrt(len(images))))
    rows = -(-len(images) // columns)
    filled = np.ones((rows * columns, *images.shape[1:]), images.dtype)
    filled[: len(images)] = images
    return filled.reshape(rows, columns, *images.shape[1:])


def write_png(path: Path, image: UInt8[np.ndarray, "h w C"]) -> None:
    """Write a grey or RGB image as PNG, whatever the path's suffix.

    Raises:
        OSError: if it cannot be written.
    """
    # Pillow takes a grey image without its last axis.
    pixels = image[..., 0] if image.shape[-1] == 1 else image
    Image.fromarray(np.ascontiguousarray(pixels)).save(path, format="PNG")
