"""Which label each channel stands for."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from matplotlib.figure import Figure

from rcmvae_core.diagnostics import ReportData
from rcmvae_plugins.figures._reading import class_names, usage
from rcmvae_plugins.figures._style import (
    BLUE,
    WIDTH,
    bare,
    blank,
    canvas,
    heat,
    percents,
    styled,
    ticks,
    turned,
)
from rcmvae_plugins.figures.params import TauHeatmapParams


@styled
def tau_heatmap(params: TauHeatmapParams, data: ReportData) -> Figure:
    """Channels by classes, sorted so that a good map is a staircase; a bar of usage beside each row."""
    found = data.diagnostics
    channels, classes = found.tau.shape
    if classes == 0:
        return blank("The run has no classifier.")
    shares = np.nan_to_num(usage(found))
    order = channel_order(found.tau, shares)
    names = class_names(found, classes)
    tau = found.tau[order]
    high = float(np.clip(0.3 * channels, 0.5, 9.0))
    wide = float(np.clip(0.55 * classes, 1.2, WIDTH - 2.2))
    taken = len(set(stands_for(tau).tolist()) - {classes})
    figure = canvas(wide + 2.2, high + 1.5, f"channels stand for {taken} of {classes} classes")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[wide, 1.3])
    texts = [[_cell(value) for value in row] for row in tau]
    heat(left, tau, texts if tau.size <= params.annotate else None)
    ticks(left.xaxis, names, wide, upright=turned(names, wide))
    ticks(left.yaxis, [str(channel) for channel in order], high)
    left.set_xlabel("class")
    left.set_ylabel("channel")
    bare(right).barh(np.arange(channels), shares[order], height=0.7, color=BLUE)
    right.tick_params(labelleft=False)
    percents(right.xaxis, 2)
    right.set_xlabel("usage")
    return figure


def channel_order(tau: Float[np.ndarray, "K Y"], shares: Float[np.ndarray, " K"]) -> Int[np.ndarray, " K"]:
    """Channels by the class that they stand for, and the most used first within a class."""
    return np.lexsort((-shares, stands_for(tau)))


def stands_for(tau: Float[np.ndarray, "K Y"]) -> Int[np.ndarray, " K"]:
    """The most probable class of each channel; one past the last for a channel that has none."""
    decided = np.isfinite(tau).all(axis=1) & (tau > 0).any(axis=1)
    return np.where(decided, np.nan_to_num(tau).argmax(axis=1), tau.shape[1])


def _cell(value: float | np.floating) -> str:
    """Two decimals; nothing for what rounds to nought, so that the rest stands out."""
    if not np.isfinite(value):
        return "NaN"
    text = f"{value:.2f}"
    return "" if text == "0.00" else text
