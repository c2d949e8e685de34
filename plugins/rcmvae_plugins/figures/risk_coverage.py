"""Draws risk by coverage."""

from __future__ import annotations

import numpy as np

import rcmvae_core
from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._arrays import labelled_predictions, percent
from rcmvae_plugins.figures._missing import NO_PREDICTIONS
from rcmvae_plugins.figures._style import (
    BLUE,
    WIDTH,
    format_percent,
    styled,
    titled_figure,
    with_grid,
)
from rcmvae_plugins.figures.params import RiskCoverageParams

_MAX_POINTS = 400


@styled
def risk_coverage(params: RiskCoverageParams, data: ReportData) -> Plot | NotApplicable:
    """Draw the error rate of the most confident predictions, by the fraction of predictions that is kept.

    Args:
        params: the coverage at which the curve starts.
        data: labels and p(y|x).
    """
    probabilities, labels = labelled_predictions(data.arrays)
    if not len(labels):
        return NO_PREDICTIONS
    correct = probabilities.argmax(axis=1) == labels
    curve = rcmvae_core.risk_coverage(probabilities.max(axis=1), correct)
    points = np.flatnonzero(curve.coverage >= params.least)
    points = points[np.unique(np.linspace(0, len(points) - 1, _MAX_POINTS).astype(int))]
    title = f"error rate {percent(curve.risk[-1])}, {percent(curve.area)} on average over coverages"
    figure = titled_figure(WIDTH / 2, 3.2, title)
    axes = with_grid(figure.subplots())
    axes.plot(curve.coverage[points], curve.risk[points], color=BLUE, marker="o" if len(points) == 1 else "")
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    format_percent(axes.xaxis, 5)
    format_percent(axes.yaxis, 5)
    axes.set_xlabel("coverage: predictions kept, most confident first")
    axes.set_ylabel("error rate")
    return Plot(figure, {"coverage": curve.coverage[points], "risk": curve.risk[points]})
