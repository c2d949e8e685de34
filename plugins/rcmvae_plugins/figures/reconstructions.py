"""Draws inputs above their reconstructions."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from rcmvae_core.plugin.protocols import ReportData
from rcmvae_plugins.figures._style import WIDTH, message_figure, styled, titled_figure, without_frame
from rcmvae_plugins.figures._tiles import is_image, tile_sheet, to_rgba
from rcmvae_plugins.figures.params import ReconstructionsParams

_LABEL_WIDTH = 1.2
"""Width of the labels at the side, in inches."""


@styled
def reconstructions(params: ReconstructionsParams, data: ReportData) -> Figure:
    """Draw images side by side in pairs of rows, or features as pairs of strips.

    Args:
        params: the number of inputs and of columns.
        data: inputs and reconstructions.
    """
    arrays = data.arrays
    count = min(params.count, len(arrays.inputs))
    if count == 0:
        return message_figure("No inputs were stored.")
    image = is_image(arrays.inputs.shape[1:])
    values = np.stack([arrays.inputs[:count], arrays.reconstructions[:count]])
    columns = min(params.columns, count) if image else 1
    tiles = _paired_rows(to_rgba(values, image=image), columns)
    gap = max(1, tiles.shape[2] // 12) if image else 0
    sheet = tile_sheet(tiles, gap=gap, group=2, group_gap=2 * gap or 1)
    pixel_height, pixel_width = sheet.pixels.shape[:2]
    width = min(WIDTH - _LABEL_WIDTH, columns * 0.82) if image else WIDTH - _LABEL_WIDTH
    height = width * pixel_height / pixel_width if image else 0.13 * pixel_height
    error = float(np.mean(np.square(values[0] - values[1])))
    result = (
        f"mean squared error {error:.3g}" if np.isfinite(error) else "values that are not a number in orange"
    )
    figure = titled_figure(width + _LABEL_WIDTH, height + 0.6, f"{count} inputs, {result}")
    axes = without_frame(figure.subplots())
    axes.imshow(sheet.pixels, aspect="equal" if image else "auto", interpolation="none")
    axes.set_xticks([])
    axes.set_yticks(
        sheet.rows, ["input", "reconstruction"] * (len(sheet.rows) // 2), fontsize=8 if image else 6
    )
    if not image:
        axes.set_xlabel(f"{pixel_width} features, 0 (pale) to 1 (blue)")
    return figure


def _paired_rows(pixels: Float[np.ndarray, "2 n h w 4"], columns: int) -> Float[np.ndarray, "R C h w 4"]:
    """Arrange alternating rows of inputs and of reconstructions; the last pair is padded with transparent tiles."""
    blocks = math.ceil(pixels.shape[1] / columns)
    padding = [(0, 0)] * pixels.ndim
    padding[1] = (0, blocks * columns - pixels.shape[1])
    full = np.pad(pixels, padding).reshape(2, blocks, columns, *pixels.shape[2:])
    return full.swapaxes(0, 1).reshape(2 * blocks, columns, *pixels.shape[2:])
