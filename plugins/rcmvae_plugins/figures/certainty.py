"""Draws the confidence of right and of wrong predictions."""

from __future__ import annotations

import numpy as np

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._arrays import labelled_predictions, percent
from rcmvae_plugins.figures._bins import count_values, draw_bins
from rcmvae_plugins.figures._missing import NO_CLASSIFIER, NO_PREDICTIONS
from rcmvae_plugins.figures._style import (
    BLUE,
    ORANGE,
    WIDTH,
    format_percent,
    styled,
    titled_figure,
    with_grid,
)
from rcmvae_plugins.figures.params import CertaintyParams


@styled
def certainty(params: CertaintyParams, data: ReportData) -> Plot | NotApplicable:
    """Draw histograms of max_y p(y|x), as fractions of the right and of the wrong predictions.

    Args:
        params: the number of bins.
        data: labels and p(y|x).
    """
    probabilities, labels = labelled_predictions(data.arrays)
    if not probabilities.shape[1]:
        return NO_CLASSIFIER
    if not len(labels):
        return NO_PREDICTIONS
    # Rounding may have made a probability larger than 1.
    confidence = np.minimum(probabilities.astype(float).max(axis=1), 1.0)
    right = probabilities.argmax(axis=1) == labels
    edges = np.linspace(0, 1, params.bins + 1)
    groups = {"right": (confidence[right], BLUE), "wrong": (confidence[~right], ORANGE)}
    table = {"low": edges[:-1], "high": edges[1:]}

    means = ", ".join(
        f"{percent(values.mean())} when {name}" for name, (values, _) in groups.items() if len(values)
    )
    figure = titled_figure(WIDTH / 2, 3.2, f"mean confidence {means}")
    axes = with_grid(figure.subplots())
    for name, (values, color) in groups.items():
        counts = count_values(values, edges)
        table[name] = counts
        draw_bins(
            axes,
            edges,
            counts / max(len(values), 1),
            color=color,
            filled=name == "right",
            label=f"{len(values)} {name}",
        )
    axes.set_xlim(0, 1)
    format_percent(axes.xaxis, 5)
    format_percent(axes.yaxis, 5)
    axes.set_xlabel("confidence")
    axes.set_ylabel("fraction of the group")
    figure.legend(loc="outside lower left", ncols=2)
    return Plot(figure, table)
