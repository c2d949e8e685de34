"""Counts values in bins of equal width, and draws them as histograms."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from rcmvae_core.report.drawing import MUTED
from rcmvae_plugins.figures._style import without_frame


def bin_edges(values: Float[np.ndarray, " n"], bins: int) -> Float[np.ndarray, " e"]:
    """Return the edges of bins from the least to the largest of finite values; around a value that is the only one."""
    return np.histogram_bin_edges(values.astype(float), bins=bins)


def count_values(values: Float[np.ndarray, " n"], edges: Float[np.ndarray, " e"]) -> Int[np.ndarray, " b"]:
    """Count finite values in bins [low, high); the last one includes its end."""
    return np.histogram(values[np.isfinite(values)], edges)[0]


def draw_bins(
    axes: Axes,
    edges: Float[np.ndarray, " e"],
    heights: Float[np.ndarray, " b"] | Int[np.ndarray, " b"],
    *,
    color: str,
    filled: bool = True,
    **style: Any,
) -> None:
    """Draw a histogram as one outline, filled or not, so that several fit into one axes.

    Args:
        axes: the axes to draw in.
        edges: of the bins.
        heights: of the bins.
        color: of the outline and its area.
        filled: whether the area has the colour, paler.
        style: more of the style, such as `label`.
    """
    if filled:
        axes.stairs(heights, edges, fill=True, color=color, alpha=0.45, linewidth=0)
    axes.stairs(heights, edges, color=color, linewidth=1.5, **style)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))


def count_bars(axes: Axes, counts: Int[np.ndarray, " n"], shown: int, color: str) -> None:
    """Draw the number of inputs of each row beside a figure; of a last row for the rest only as text.

    A bar for the rest would leave no length for the others.

    Args:
        axes: the axes beside the figure, with the same rows.
        counts: of the rows.
        shown: the number of rows before the rest.
        color: of the bars.
    """
    without_frame(axes).barh(np.arange(shown), counts[:shown], height=0.7, color=color)
    for place in range(shown, len(counts)):
        axes.text(0, place, f" {counts[place]}", va="center", fontsize=8, color=MUTED)
    axes.tick_params(labelleft=False)
    axes.xaxis.set_major_locator(MaxNLocator(2, integer=True))
    axes.set_xlabel("inputs")
