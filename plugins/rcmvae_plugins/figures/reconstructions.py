"""Draws inputs above their reconstructions."""

from __future__ import annotations

import numpy as np

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._labels import count_of, number
from rcmvae_plugins.figures._pictures import decoded_rows, grid_columns, picture_columns, squared_errors
from rcmvae_plugins.figures._style import styled
from rcmvae_plugins.figures._tiles import TileRow, blocks, tile_figure
from rcmvae_plugins.figures.params import ReconstructionsParams


@styled
def reconstructions(params: ReconstructionsParams, data: ReportData) -> Plot | NotApplicable:
    """Draw a row of inputs above their reconstructions: weighted, by the first and by the second channel.

    Args:
        params: the number of inputs and of columns.
        data: inputs and reconstructions.
    """
    arrays = data.arrays
    count = min(params.count, len(arrays.inputs))
    if count == 0:
        return NotApplicable("no inputs were stored")
    inputs = arrays.inputs[:count]
    rows = decoded_rows(arrays, np.arange(count))
    errors = {row.label: squared_errors(row.tiles, inputs) for row in rows}
    finite = np.isfinite(list(errors.values())).all(axis=0)
    results = [
        f"{number(float(error[finite].mean()))} {name}" for name, error in errors.items() if finite.any()
    ]
    result = f"mean squared error {', '.join(results)}" if results else "no finite reconstruction"
    broken = "" if finite.all() else "; NaN in orange"
    title = f"{count_of(count, count, 'input')}, {result}{broken}"
    drawn = blocks([TileRow("input", inputs), *rows], params.columns)
    table = grid_columns(["input", *errors], picture_columns(arrays, np.arange(count)))
    table["squared_error"] = np.concatenate([np.zeros(count), *errors.values()])
    return Plot(tile_figure(title, drawn, group=1 + len(rows)), table)
