"""Draws which standard deviations the likelihood has."""

from __future__ import annotations

import numpy as np

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._arrays import percent
from rcmvae_plugins.figures._bins import bin_edges, count_values, draw_bins
from rcmvae_plugins.figures._sigma import sigma_errors
from rcmvae_plugins.figures._style import BLUE, ORANGE, WIDTH, styled, titled_figure, with_grid
from rcmvae_plugins.figures.params import SigmaHistogramParams


@styled
def sigma_histogram(params: SigmaHistogramParams, data: ReportData) -> Plot | NotApplicable:
    """Draw a histogram of σ, one for each input, and how many of its values are at a bound.

    Args:
        params: the number of bins.
        data: σ, and the share of standard deviations that are at a bound.
    """
    values = sigma_errors(data.arrays)
    if isinstance(values, NotApplicable):
        return values
    sigma = values.sigma
    edges = bin_edges(sigma, params.bins)
    counts = count_values(sigma, edges)
    median = float(np.median(sigma))
    at_bound = data.arrays.at_bound[np.isfinite(data.arrays.at_bound)]
    bound = f"; {percent(float(at_bound.mean()))} of values at a bound" if len(at_bound) else ""
    figure = titled_figure(WIDTH / 2, 3.0, f"median σ {median:.3g}{bound}")
    axes = with_grid(figure.subplots())
    draw_bins(axes, edges, counts, color=BLUE)
    axes.axvline(median, color=ORANGE, linewidth=1.2, linestyle="--", label="median")
    axes.set_xlabel("σ of an input")
    axes.set_ylabel("inputs")
    figure.legend(loc="outside lower left")
    return Plot(figure, {"low": edges[:-1], "high": edges[1:], "inputs": counts})
