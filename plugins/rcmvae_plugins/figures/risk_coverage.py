"""Risk by coverage."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

import rcmvae_core
from rcmvae_core import ReportData
from rcmvae_plugins.figures._reading import judged, percent
from rcmvae_plugins.figures._style import BLUE, WIDTH, blank, canvas, light, percents, styled
from rcmvae_plugins.figures.params import RiskCoverageParams

_POINTS = 400


@styled
def risk_coverage(params: RiskCoverageParams, data: ReportData) -> Figure:
    """The share of wrong predictions among the surest ones, for every share that is kept."""
    probabilities, labels = judged(data.diagnostics)
    if not len(labels):
        return blank("No input has both a known label and a prediction.")
    right = probabilities.argmax(axis=1) == labels
    found = rcmvae_core.risk_coverage(probabilities.max(axis=1), right)
    shown = np.flatnonzero(found.coverage >= params.least)
    shown = shown[np.unique(np.linspace(0, len(shown) - 1, _POINTS).astype(int))]
    words = f"wrong: {percent(found.risk[-1])} of all, on average over coverages {percent(found.area)}"
    figure = canvas(WIDTH / 2, 3.2, words)
    axes = light(figure.subplots())
    axes.plot(found.coverage[shown], found.risk[shown], color=BLUE, marker="o" if len(shown) == 1 else "")
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    percents(axes.xaxis, 5)
    percents(axes.yaxis, 5)
    axes.set_xlabel("predictions kept, the surest first")
    axes.set_ylabel("wrong")
    return figure
