"""Draws accuracy by confidence."""

from __future__ import annotations

import numpy as np

import rcmvae_core
from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_core.report.drawing import MUTED
from rcmvae_plugins.figures._arrays import labelled_predictions
from rcmvae_plugins.figures._missing import NO_PREDICTIONS
from rcmvae_plugins.figures._style import (
    BLUE,
    ORANGE,
    WIDTH,
    format_percent,
    styled,
    titled_figure,
    with_grid,
)
from rcmvae_plugins.figures.params import ReliabilityParams


@styled
def reliability(params: ReliabilityParams, data: ReportData) -> Plot | NotApplicable:
    """Draw the accuracy of each bin of confidence beside the diagonal, and the fraction of predictions in each bin.

    Args:
        params: the number of bins.
        data: labels and p(y|x).
    """
    probabilities, labels = labelled_predictions(data.arrays)
    if not len(labels):
        return NO_PREDICTIONS
    bins = rcmvae_core.reliability(probabilities, labels, params.bins)
    error = rcmvae_core.calibration_error(bins)
    title = f"expected calibration error {error:.4f}, {len(labels)} predictions"
    figure = titled_figure(WIDTH / 2, 4.6, title)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    centre, width = (bins.edges[:-1] + bins.edges[1:]) / 2, np.diff(bins.edges)
    filled = bins.counts > 0
    with_grid(upper).bar(centre[filled], bins.accuracy[filled], width[filled] * 0.9, color=BLUE)
    upper.plot(bins.confidence[filled], bins.accuracy[filled], "o", markersize=3, color=ORANGE)
    upper.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
    upper.set_ylim(0, 1)
    format_percent(upper.yaxis, 5)
    upper.set_ylabel("accuracy")
    with_grid(lower).bar(centre, bins.counts / len(labels), width * 0.9, color=MUTED)
    format_percent(lower.yaxis, 2)
    lower.set_xlim(0, 1)
    format_percent(lower.xaxis, 5)
    lower.set_ylabel("fraction")
    lower.set_xlabel("confidence")
    table = {
        "low": bins.edges[:-1],
        "high": bins.edges[1:],
        "predictions": bins.counts,
        "confidence": bins.confidence,
        "accuracy": bins.accuracy,
    }
    return Plot(figure, table)
