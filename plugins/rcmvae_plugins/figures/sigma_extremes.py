"""Draws the inputs of which the model is most and least certain."""

from __future__ import annotations

import numpy as np

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._extremes import extremes, extremes_plot
from rcmvae_plugins.figures._labels import number
from rcmvae_plugins.figures._pictures import of_pictures
from rcmvae_plugins.figures._style import styled
from rcmvae_plugins.figures.params import SigmaExtremesParams


@styled
def sigma_extremes(params: SigmaExtremesParams, data: ReportData) -> Plot | NotApplicable:
    """Draw the stored inputs with the lowest and the highest σ above their reconstructions.

    Args:
        params: the number of inputs and of columns.
        data: inputs, reconstructions and σ.
    """
    arrays = data.arrays
    sigma = of_pictures(arrays, arrays.sigma).astype(float)
    known = sigma[np.isfinite(sigma)]
    if not known.size:
        return NotApplicable("the likelihood has no σ" if len(sigma) else "no inputs were stored")
    if np.allclose(known, known[0], rtol=1e-5):
        return NotApplicable("σ is the same for every input")
    # No input is in both rows.
    count = min(params.count, (len(known) + 1) // 2)
    lowest = extremes(sigma, count, name="lowest σ", lowest=True)
    highest = extremes(sigma, min(count, len(known) - count), name="highest σ")
    everything = arrays.sigma[np.isfinite(arrays.sigma)]
    title = f"σ from {number(lowest.values[0])} to {number(highest.values[0])}"
    title += f", median {number(float(np.median(everything)))} of {len(everything)} inputs"
    return extremes_plot(title, arrays, [lowest, highest], columns=params.columns, value="sigma")
