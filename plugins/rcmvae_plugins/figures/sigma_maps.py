"""Draws where the model expects errors."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._labels import count_of, number
from rcmvae_plugins.figures._pictures import grid_columns, picture_columns
from rcmvae_plugins.figures._style import HEAT, styled
from rcmvae_plugins.figures._tiles import TileRow, blocks, is_image, tile_figure
from rcmvae_plugins.figures.params import SigmaMapsParams

_FLAT = 1e-6
"""Maps whose values differ by less are flat."""


@styled
def sigma_maps(params: SigmaMapsParams, data: ReportData) -> Plot | NotApplicable:
    """Draw inputs above their reconstructions and σ, all maps on the same scale.

    Args:
        params: the number of inputs and of columns.
        data: inputs, reconstructions and σ.
    """
    arrays = data.arrays
    maps = arrays.sigma_maps[: params.count].astype(float)
    if not np.isfinite(maps).any() and not np.isfinite(arrays.sigma).any():
        return NotApplicable("the likelihood has no σ")
    if all(np.ptp(each) < _FLAT for each in map(_finite, maps) if each.size):
        return NotApplicable("σ is one number for each input, so its maps are flat")
    count = len(maps)
    low, high = float(_finite(maps).min()), float(_finite(maps).max())
    inputs, decoded = arrays.inputs[:count], arrays.reconstructions[:count]
    rows = [
        TileRow("input", inputs),
        TileRow("reconstruction", decoded, reference=inputs),
        TileRow("σ", (maps - low) / (high - low), heat=True),
    ]
    title = f"σ from {number(low)} to {number(high)}, {count_of(count, count, 'input')}"
    figure = tile_figure(title, blocks(rows, params.columns), group=3)
    if is_image(maps.shape[1:]):
        _draw_scale(figure, low, high)
    table = grid_columns(["σ"], picture_columns(arrays, np.arange(count)))
    flat = maps.reshape(count, -1)
    table |= {"lowest": flat.min(axis=1), "mean": flat.mean(axis=1), "highest": flat.max(axis=1)}
    del table["row"]
    return Plot(figure, table)


def _finite(values: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, " n"]:
    return values[np.isfinite(values)]


def _draw_scale(figure: Figure, low: float, high: float) -> None:
    """Draw the colours of σ beside the tiles.

    Args:
        figure: the figure.
        low: the lowest σ.
        high: the highest σ.
    """
    scale = ScalarMappable(Normalize(low, high), HEAT)
    bar = figure.colorbar(scale, ax=figure.axes[0], shrink=0.6, aspect=30, pad=0.02, label="σ")
    bar.outline.set_visible(False)
