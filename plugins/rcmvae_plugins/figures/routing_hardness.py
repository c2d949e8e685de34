"""Draws how decided the routing is: the largest weight with which an input's channels are decoded."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._arrays import finite_rows
from rcmvae_plugins.figures._bins import count_values, draw_bins
from rcmvae_plugins.figures._missing import ONE_CHANNEL
from rcmvae_plugins.figures._style import (
    BLUE,
    ORANGE,
    WIDTH,
    format_percent,
    styled,
    titled_figure,
    with_grid,
)
from rcmvae_plugins.figures.params import RoutingHardnessParams


@styled
def routing_hardness(params: RoutingHardnessParams, data: ReportData) -> Plot | NotApplicable:
    """Draw histograms of max_c of the weights, without the noise of the routing and with it.

    Args:
        params: the number of bins.
        data: the selections.
    """
    selections = {"without noise": data.arrays.selections, "with noise": data.arrays.noisy_selections}
    if data.arrays.selections.shape[1] == 1:
        return ONE_CHANNEL
    largest = {name: _largest(weights) for name, weights in selections.items() if weights.shape[1]}
    largest = {name: values for name, values in largest.items() if len(values)}
    if not largest:
        return NotApplicable("no held-out input has finite selections")
    edges = np.linspace(0, 1, params.bins + 1)
    means = ", ".join(f"{values.mean():.3f} {name}" for name, values in largest.items())
    figure = titled_figure(WIDTH / 2, 3.2, f"largest weight on average {means}")
    axes = with_grid(figure.subplots())
    table = {"low": edges[:-1], "high": edges[1:]}
    colors = {"without noise": BLUE, "with noise": ORANGE}
    for name, values in largest.items():
        counts = count_values(values, edges)
        draw_bins(axes, edges, counts, color=colors[name], filled=name == "without noise", label=name)
        table[f"inputs_{name.replace(' ', '_')}"] = counts
    axes.set_xlim(0, 1)
    format_percent(axes.xaxis, 5)
    axes.set_xlabel("largest weight of a channel")
    axes.set_ylabel("inputs")
    figure.legend(loc="outside lower left", ncols=2)
    return Plot(figure, table)


def _largest(weights: Float[np.ndarray, "M K"]) -> Float[np.ndarray, " m"]:
    """Return the largest weight of each input with finite weights; rounding may have made it larger than 1."""
    return np.minimum(weights[finite_rows(weights)].astype(float).max(axis=1), 1.0)
