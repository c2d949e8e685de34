"""Draws the inputs that the model reconstructs worst."""

from __future__ import annotations

import numpy as np

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._extremes import extremes, extremes_plot
from rcmvae_plugins.figures._labels import count_of, number
from rcmvae_plugins.figures._pictures import of_pictures
from rcmvae_plugins.figures._style import styled
from rcmvae_plugins.figures.params import HardestParams


@styled
def hardest(params: HardestParams, data: ReportData) -> Plot | NotApplicable:
    """Draw the stored inputs with the highest -log p(x|z, c) above their reconstructions.

    Args:
        params: the number of inputs and of columns.
        data: inputs, reconstructions, -log p(x|z, c), labels and p(y|x).
    """
    arrays = data.arrays
    worst = extremes(of_pictures(arrays, arrays.negative_log_likelihood), params.count, name="input")
    if not len(worst.pictures):
        missing = "no stored input has a finite likelihood" if len(arrays.inputs) else "no inputs were stored"
        return NotApplicable(missing)
    known = arrays.negative_log_likelihood[np.isfinite(arrays.negative_log_likelihood)]
    inputs = count_of(len(worst.pictures), max(len(known), len(worst.pictures)), "input")
    title = f"{inputs}, -log p above {number(float(worst.values[-1]))} nats, median {number(float(np.median(known)))}"
    return extremes_plot(title, arrays, [worst], columns=params.columns, value="nll")
