"""Draws the classes of each channel."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._arrays import class_names, finite_rows, full_class_names, usage
from rcmvae_plugins.figures._missing import NO_CLASSIFIER
from rcmvae_plugins.figures._style import (
    BLUE,
    WIDTH,
    format_percent,
    heatmap,
    name_ticks,
    needs_rotation,
    styled,
    titled_figure,
    without_frame,
)
from rcmvae_plugins.figures.params import TauHeatmapParams


@styled
def tau_heatmap(params: TauHeatmapParams, data: ReportData) -> Plot | NotApplicable:
    """Draw τ with channels sorted by class, which makes a good map a staircase, and the usage of each channel.

    Args:
        params: the number of cells up to which values are written.
        data: τ and responsibilities.
    """
    arrays = data.arrays
    channels, classes = arrays.tau.shape
    if not arrays.tau.size:
        return NO_CLASSIFIER
    shares = np.nan_to_num(usage(arrays))
    order = channel_order(arrays.tau, shares)
    names = class_names(arrays, classes)
    tau = arrays.tau[order]
    height = float(np.clip(0.3 * channels, 0.5, 9.0))
    width = float(np.clip(0.55 * classes, 1.2, WIDTH - 2.2))
    represented = len(set(channel_classes(tau).tolist()) - {classes})
    figure = titled_figure(
        width + 2.2, height + 1.5, f"channels represent {represented} of {classes} classes"
    )
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[width, 1.3])
    texts = [[_cell_text(value) for value in row] for row in tau]
    heatmap(left, tau, texts if tau.size <= params.annotate else None)
    name_ticks(left.xaxis, names, width, rotated=needs_rotation(names, width))
    name_ticks(left.yaxis, [str(channel) for channel in order], height)
    left.set_xlabel("class")
    left.set_ylabel("channel")
    without_frame(right).barh(np.arange(channels), shares[order], height=0.7, color=BLUE)
    right.tick_params(labelleft=False)
    format_percent(right.xaxis, 2)
    right.set_xlabel("usage")
    table = {
        "channel": np.repeat(order, classes),
        "class": np.tile(full_class_names(arrays, classes), channels),
        "tau": tau.ravel(),
        "usage": np.repeat(shares[order], classes),
    }
    return Plot(figure, table)


def channel_order(tau: Float[np.ndarray, "K Y"], shares: Float[np.ndarray, " K"]) -> Int[np.ndarray, " K"]:
    """Return the channels sorted by their class, and the most used first within a class."""
    return np.lexsort((-shares, channel_classes(tau)))


def channel_classes(tau: Float[np.ndarray, "K Y"]) -> Int[np.ndarray, " K"]:
    """Return the most probable class of each channel; Y for a channel without labels."""
    labelled = finite_rows(tau) & (tau > 0).any(axis=1)
    return np.where(labelled, np.nan_to_num(tau).argmax(axis=1), tau.shape[1])


def _cell_text(value: float | np.floating) -> str:
    """Format a value with two decimals; an empty string for what rounds to zero, so that the rest stands out."""
    if not np.isfinite(value):
        return "NaN"
    text = f"{value:.2f}"
    return "" if text == "0.00" else text
