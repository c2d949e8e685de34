"""Inputs above their reconstructions."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from rcmvae_core.diagnostics import ReportData
from rcmvae_plugins.figures._style import WIDTH, bare, blank, canvas, styled
from rcmvae_plugins.figures._tiles import coloured, is_image, sheet
from rcmvae_plugins.figures.params import ReconstructionsParams


@styled
def reconstructions(params: ReconstructionsParams, data: ReportData) -> Figure:
    """Images side by side in pairs of rows; features as pairs of strips."""
    found = data.diagnostics
    count = min(params.count, len(found.inputs))
    if count == 0:
        return blank("No input was kept.")
    image = is_image(found.inputs.shape[1:])
    values = np.stack([found.inputs[:count], found.reconstructions[:count]])
    columns = min(params.columns, count) if image else 1
    tiles = _pairs(coloured(values, image=image), columns)
    gap = max(1, tiles.shape[2] // 12) if image else 0
    laid = sheet(tiles, gap=gap, group=2, group_gap=2 * gap or 1)
    height, width = laid.pixels.shape[:2]
    wide = min(WIDTH - 1.2, columns * 0.82) if image else WIDTH - 1.2
    tall = wide * height / width if image else 0.13 * height
    error = float(np.mean(np.square(values[0] - values[1])))
    told = f"mean squared error {error:.3g}" if np.isfinite(error) else "orange where a value is not a number"
    figure = canvas(wide + 1.2, tall + 0.6, f"{count} inputs, {told}")
    axes = bare(figure.subplots())
    axes.imshow(laid.pixels, aspect="equal" if image else "auto", interpolation="none")
    axes.set_xticks([])
    axes.set_yticks(
        laid.rows, ["input", "reconstruction"] * (len(laid.rows) // 2), fontsize=8 if image else 6
    )
    if not image:
        axes.set_xlabel(f"{width} features, 0 (pale) to 1 (blue)")
    return figure


def _pairs(pixels: Float[np.ndarray, "2 n h w 4"], columns: int) -> Float[np.ndarray, "R C h w 4"]:
    """Rows of inputs and of reconstructions by turns; the last pair is filled up with nothing."""
    blocks = math.ceil(pixels.shape[1] / columns)
    padding = [(0, 0)] * pixels.ndim
    padding[1] = (0, blocks * columns - pixels.shape[1])
    full = np.pad(pixels, padding).reshape(2, blocks, columns, *pixels.shape[2:])
    return full.swapaxes(0, 1).reshape(2 * blocks, columns, *pixels.shape[2:])
