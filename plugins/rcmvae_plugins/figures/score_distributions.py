"""Draws the out-of-distribution scores of inputs, and the threshold of each score."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._arrays import percent, shorten
from rcmvae_plugins.figures._bins import bin_edges, count_values, draw_bins
from rcmvae_plugins.figures._scores import NO_SCORES, ScoreValues, score_values
from rcmvae_plugins.figures._style import (
    BLUE,
    INK,
    ORANGE,
    WIDTH,
    format_percent,
    panel_grid,
    styled,
    titled_figure,
    with_grid,
)
from rcmvae_plugins.figures.params import ScoreDistributionsParams

_OUTLIERS = 0.005
"""The fraction of values at each end that do not widen the scale."""


@styled
def score_distributions(params: ScoreDistributionsParams, data: ReportData) -> Plot | NotApplicable:
    """Draw a panel for each score: test inputs, inputs of held-out classes if there are any, and the threshold.

    Args:
        params: the number of bins and columns.
        data: the scores.
    """
    scores = score_values(data.arrays)
    if not scores:
        return NO_SCORES
    columns = min(params.columns, len(scores))
    height = 0.9 + 2.2 * math.ceil(len(scores) / columns)
    width = WIDTH if columns > 1 else WIDTH / 2
    figure = titled_figure(width, height, _title(scores[0]))
    panels = panel_grid(figure, len(scores), columns, ("score", "fraction"), share=False)
    rows = [_draw_score(axes, score, params.bins) for axes, score in zip(panels, scores, strict=True)]
    has_held_out = any(len(score.held_out) for score in scores)
    handles = [Line2D([], [], color=BLUE, label="test inputs")]
    handles += [Line2D([], [], color=ORANGE, label="inputs of held-out classes")] * has_held_out
    handles += [Line2D([], [], color=INK, linestyle="--", label="threshold")]
    figure.legend(handles=handles, loc="outside lower left", ncols=3)
    names = ("low", "high", "test_inputs", "held_out_inputs")
    table = {name: np.concatenate([row[place] for row in rows]) for place, name in enumerate(names)}
    by_score = {
        "score": np.repeat([score.name for score in scores], params.bins),
        "threshold": np.repeat([score.threshold for score in scores], params.bins),
    }
    return Plot(figure, by_score | table)


def _title(score: ScoreValues) -> str:
    """Return how many inputs are above the threshold of the score that decides."""
    if not np.isfinite(score.threshold):
        return f"{len(score.test)} test inputs"
    shares = [f"{percent(float((score.test > score.threshold).mean()))} of test inputs"]
    if len(score.held_out):
        shares.append(f"{percent(float((score.held_out > score.threshold).mean()))} of held-out inputs")
    return f"{' and '.join(shares)} above the threshold of {shorten(score.name, 24)}"


def _draw_score(axes: Axes, score: ScoreValues, bins: int) -> tuple[np.ndarray, ...]:
    """Draw the histograms of a score.

    Args:
        axes: the axes to draw in.
        score: its values.
        bins: the number of bins.

    Returns:
        Low and high ends of the bins, and the number of test and of held-out inputs in each.
    """
    with_grid(axes).set_title(shorten(score.name, 28), loc="left")
    edges = bin_edges(_inner(score), bins)
    counts = []
    for values, color in ((score.test, BLUE), (score.held_out, ORANGE)):
        # A score may have a few extreme values: they are in the first or the last bin.
        clipped = np.clip(values, edges[0], edges[-1])
        counts.append(count_values(clipped, edges))
        if len(values):
            draw_bins(axes, edges, counts[-1] / len(values), color=color, filled=color == BLUE)
    if np.isfinite(score.threshold):
        axes.axvline(score.threshold, color=INK, linewidth=1.2, linestyle="--")
    axes.xaxis.set_major_locator(MaxNLocator(4))
    format_percent(axes.yaxis, 4)
    return edges[:-1], edges[1:], *counts


def _inner(score: ScoreValues) -> np.ndarray:
    """Return the values of a score without its outliers, and with its threshold."""
    groups = [np.quantile(values, [_OUTLIERS, 1 - _OUTLIERS]) for values in score[1:3] if len(values)]
    return np.append(
        np.concatenate(groups), score.threshold if np.isfinite(score.threshold) else groups[0][0]
    )
