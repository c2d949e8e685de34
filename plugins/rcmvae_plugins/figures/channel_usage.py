"""Draws how often each channel is responsible."""

from __future__ import annotations

import numpy as np

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_core.report.drawing import INK
from rcmvae_plugins.figures._arrays import by_usage, effective_number, usage
from rcmvae_plugins.figures._missing import NO_RESPONSIBILITIES
from rcmvae_plugins.figures._style import (
    BLUE,
    ORANGE,
    WIDTH,
    format_percent,
    name_ticks,
    styled,
    titled_figure,
    with_grid,
)
from rcmvae_plugins.figures.params import ChannelUsageParams


@styled
def channel_usage(params: ChannelUsageParams, data: ReportData) -> Plot | NotApplicable:
    """Draw bars of the mean q(c|x), with p(c) as markers.

    Args:
        params: the order of channels.
        data: responsibilities and log p(c).
    """
    shares = usage(data.arrays)
    if not len(shares) or not np.isfinite(shares).all():
        return NO_RESPONSIBILITIES
    order = by_usage(shares) if params.order == "usage" else np.arange(len(shares))
    prior = np.exp(data.arrays.log_pi)
    width = min(WIDTH, max(3.2, 1.2 + 0.5 * len(shares)))
    title = f"{effective_number(shares):.1f} of {len(shares)} channels effective, exp of the usage entropy"
    figure = titled_figure(width, 2.9, title)
    axes = with_grid(figure.subplots())
    axes.grid(visible=False, axis="x")
    positions = np.arange(len(order))
    axes.bar(positions, shares[order], width=0.72, color=BLUE, label="mean q(c|x)")
    axes.plot(
        positions,
        prior[order],
        linestyle="",
        marker="D",
        markersize=float(np.clip(200 / len(order), 2.5, 5)),
        color=ORANGE,
        markeredgecolor=INK,
        markeredgewidth=0.4,
        label="p(c)",
    )
    name_ticks(axes.xaxis, [str(channel) for channel in order], (width - 1.0) * 0.7)
    axes.set_xlim(-0.6, len(order) - 0.4)
    axes.set_ylim(bottom=0)
    format_percent(axes.yaxis, 5)
    axes.set_xlabel("channel, most used first" if params.order == "usage" else "channel")
    figure.legend(loc="outside lower left", ncols=2)
    return Plot(figure, {"channel": order, "usage": shares[order], "prior": prior[order]})
