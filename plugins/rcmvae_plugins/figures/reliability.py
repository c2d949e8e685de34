"""Accuracy by confidence."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

import rcmvae_core
from rcmvae_core import ReportData
from rcmvae_plugins.figures._reading import judged
from rcmvae_plugins.figures._style import BLUE, MUTED, ORANGE, WIDTH, blank, canvas, light, percents, styled
from rcmvae_plugins.figures.params import ReliabilityParams


@styled
def reliability(params: ReliabilityParams, data: ReportData) -> Figure:
    """A bar for each bin of confidence, with the gap to the diagonal, and how many predictions are in each."""
    probabilities, labels = judged(data.diagnostics)
    if not len(labels):
        return blank("No input has both a known label and a prediction.")
    found = rcmvae_core.reliability(probabilities, labels, params.bins)
    error = rcmvae_core.calibration_error(found)
    figure = canvas(WIDTH / 2, 4.6, f"expected calibration error {error:.4f}, {len(labels)} predictions")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    middle, width = (found.edges[:-1] + found.edges[1:]) / 2, np.diff(found.edges)
    full = found.counts > 0
    light(upper).bar(middle[full], found.accuracy[full], width[full] * 0.9, color=BLUE)
    upper.plot(found.confidence[full], found.accuracy[full], "o", markersize=3, color=ORANGE)
    upper.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
    upper.set_ylim(0, 1)
    percents(upper.yaxis, 5)
    upper.set_ylabel("right")
    light(lower).bar(middle, found.counts / len(labels), width * 0.9, color=MUTED)
    percents(lower.yaxis, 2)
    lower.set_xlim(0, 1)
    percents(lower.xaxis, 5)
    lower.set_ylabel("share")
    lower.set_xlabel("confidence")
    return figure
