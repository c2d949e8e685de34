"""Draws the inputs that are least like the training data."""

from __future__ import annotations

import numpy as np

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._extremes import extremes, extremes_plot
from rcmvae_plugins.figures._labels import number
from rcmvae_plugins.figures._pictures import of_pictures
from rcmvae_plugins.figures._style import styled
from rcmvae_plugins.figures.params import MostUnusualParams


@styled
def most_unusual(params: MostUnusualParams, data: ReportData) -> Plot | NotApplicable:
    """Draw the stored inputs with the highest out-of-distribution score above their reconstructions.

    Args:
        params: the number of inputs and of columns.
        data: inputs, reconstructions, and the score that decides with its threshold.
    """
    arrays = data.arrays
    if not arrays.score_names or not arrays.scores.size:
        return NotApplicable("the run has no out-of-distribution score")
    scores = arrays.scores[:, 0]
    worst = extremes(of_pictures(arrays, scores), params.count, name="input")
    if not len(worst.pictures):
        missing = "no stored input has a finite score" if len(arrays.inputs) else "no inputs were stored"
        return NotApplicable(missing)
    threshold = float(arrays.score_thresholds[0]) if len(arrays.score_thresholds) else np.nan
    title = f"highest `{arrays.score_names[0]}` scores"
    if np.isfinite(threshold):
        title += f"; {int((scores > threshold).sum())} of {len(scores)} inputs exceed {number(threshold)}"
    plot = extremes_plot(title, arrays, [worst], columns=params.columns, value="score")
    return plot._replace(table={**plot.table, "unusual": worst.values > threshold})
