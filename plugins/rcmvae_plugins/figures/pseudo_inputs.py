"""Draws the pseudo-inputs of a prior above what they decode to."""

from __future__ import annotations

import numpy as np

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportArrays, ReportData
from rcmvae_plugins.figures._arrays import by_usage, usage
from rcmvae_plugins.figures._labels import count_of
from rcmvae_plugins.figures._pictures import squared_errors
from rcmvae_plugins.figures._style import styled
from rcmvae_plugins.figures._tiles import TileRow, blocks, tile_figure
from rcmvae_plugins.figures.params import PseudoInputsParams


@styled
def pseudo_inputs(params: PseudoInputsParams, data: ReportData) -> Plot | NotApplicable:
    """Draw pseudo-inputs, those of the most used channels first, above what they decode to.

    Args:
        params: the number of pseudo-inputs and of columns.
        data: pseudo-inputs, and responsibilities.
    """
    arrays = data.arrays
    if not arrays.pseudo_inputs.size:
        return NotApplicable("the prior has no pseudo-inputs")
    total = len(arrays.pseudo_inputs)
    order = _order(arrays)[: params.count]
    inputs = arrays.pseudo_inputs[order]
    rows = [TileRow("pseudo-input", inputs, [str(index) for index in order])]
    table = {"pseudo_input": order}
    if len(arrays.decoded_pseudo_inputs) == total:
        decoded = arrays.decoded_pseudo_inputs[order]
        rows.append(TileRow("decoded", decoded, reference=inputs))
        table["squared_error"] = squared_errors(decoded, inputs)
    title = f"{count_of(len(order), total, 'pseudo-input')}, with their numbers"
    return Plot(tile_figure(title, blocks(rows, params.columns), group=len(rows)), table)


def _order(arrays: ReportArrays) -> np.ndarray:
    """Return the pseudo-inputs; where each belongs to a channel, most used channel first."""
    shares = usage(arrays)
    total = len(arrays.pseudo_inputs)
    return by_usage(shares) if len(shares) == total else np.arange(total)
