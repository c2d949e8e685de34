"""Draws how sure the model is of an input's channel."""

from __future__ import annotations

import numpy as np

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._arrays import effective_number, finite_rows
from rcmvae_plugins.figures._bins import count_values, draw_bins
from rcmvae_plugins.figures._missing import NO_RESPONSIBILITIES, ONE_CHANNEL
from rcmvae_plugins.figures._style import BLUE, WIDTH, format_percent, styled, titled_figure, with_grid
from rcmvae_plugins.figures.params import ResponsibilityConfidenceParams


@styled
def responsibility_confidence(
    params: ResponsibilityConfidenceParams, data: ReportData
) -> Plot | NotApplicable:
    """Draw histograms of max_c q(c|x), and of the effective number of channels of an input, exp H(q(c|x)).

    Args:
        params: the number of bins.
        data: responsibilities.
    """
    responsibilities = data.arrays.responsibilities
    rows = responsibilities[finite_rows(responsibilities)].astype(float)
    if not rows.size:
        return NO_RESPONSIBILITIES
    channels = rows.shape[1]
    if channels == 1:
        return ONE_CHANNEL
    largest, effective = np.minimum(rows.max(axis=1), 1.0), effective_number(rows)
    confidence_edges = np.linspace(0, 1, params.bins + 1)
    # At least two channels wide, so that inputs that are all sure are shown as one narrow bar.
    effective_edges = np.linspace(1, max(2.0, float(np.ceil(effective.max()))), params.bins + 1)
    histograms = {
        "confidence": (confidence_edges, count_values(largest, confidence_edges)),
        "effective_channels": (
            effective_edges,
            count_values(np.clip(effective, 1.0, effective_edges[-1]), effective_edges),
        ),
    }

    title = (
        f"largest q(c|x) {largest.mean():.3f} on average; {effective.mean():.2f} effective channels per input, "
        f"{effective_number(rows.mean(axis=0)):.1f} of {channels} over all"
    )
    figure = titled_figure(WIDTH, 3.0, title)
    left, right = figure.subplots(1, 2)
    for axes, (edges, counts) in zip((left, right), histograms.values(), strict=True):
        draw_bins(with_grid(axes), edges, counts, color=BLUE)
        axes.set_xlim(edges[0], edges[-1])
    format_percent(left.xaxis, 5)
    left.set_xlabel("largest q(c|x)")
    left.set_ylabel("inputs")
    right.set_xlabel("effective channels of an input")
    table = {
        "quantity": np.repeat(list(histograms), params.bins),
        "low": np.concatenate([edges[:-1] for edges, _ in histograms.values()]),
        "high": np.concatenate([edges[1:] for edges, _ in histograms.values()]),
        "inputs": np.concatenate([counts for _, counts in histograms.values()]),
    }
    return Plot(figure, table)
