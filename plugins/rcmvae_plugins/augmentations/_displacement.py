"""Draws smooth random displacements of pixels."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Array, Float, Key

from rcmvae_plugins.augmentations._bytes import LEVELS, draw_bytes

_MARGIN = 2  # nodes beyond each edge; further ones would weigh less than 0.02


def smooth_rows(side: int, spacing: float) -> Float[np.ndarray, "side nodes"]:
    """Return the matrix that makes independent values on a coarse grid a smooth function of the pixel.

    Row i holds Gaussian bumps exp(-(i - t)² / 2s²) around nodes t that are s pixels apart, two of them beyond each
    edge, and has unit length: with independent values of unit variance the variance is 1 at every pixel, and pixels i
    and j correlate by the product of their rows, about exp(-(i - j)² / 4s²).

    Args:
        side: the number of pixels.
        spacing: s in pixels.

    Returns:
        The matrix.
    """
    intervals = max(1, math.ceil((side - 1) / spacing))
    first = (side - 1 - intervals * spacing) / 2 - _MARGIN * spacing
    nodes = first + spacing * np.arange(intervals + 1 + 2 * _MARGIN)
    bumps = np.exp(-(((np.arange(side)[:, None] - nodes) / spacing) ** 2) / 2)
    return np.asarray(np.float32(bumps / np.linalg.norm(bumps, axis=1, keepdims=True)))


def draw_displacements(
    key: Key[Array, ""], count: int, sides: tuple[int, int], spacing: float
) -> Float[Array, "B 2 H W"]:
    """Draw displacement fields, U ε Vᵀ with the rows U and V of `smooth_rows` and independent uniform ε on the grid.

    Args:
        key: of the draw.
        count: B.
        sides: H and W.
        spacing: as of `smooth_rows`, along both sides.

    Returns:
        Displacements of mean 0 and variance 1, down and to the right, independent of each other.
    """
    rows, columns = (smooth_rows(side, spacing) for side in sides)
    shape = (count * 2, rows.shape[1], columns.shape[1])
    grid = (draw_bytes(key, shape) - (LEVELS - 1) / 2) * math.sqrt(12 / (LEVELS**2 - 1))
    # A small matrix from the left would be one product per image; flat rows are a single one.
    wide = (grid.reshape(-1, columns.shape[1]) @ columns.T).reshape(*shape[:2], sides[1])
    tall = wide.swapaxes(1, 2).reshape(-1, rows.shape[1]) @ rows.T
    return tall.reshape(count, 2, sides[1], sides[0]).swapaxes(2, 3)
