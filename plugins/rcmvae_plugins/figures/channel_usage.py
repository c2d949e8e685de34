"""How often each channel is responsible."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from rcmvae_core.diagnostics import ReportData
from rcmvae_plugins.figures._reading import by_usage, usage
from rcmvae_plugins.figures._style import (
    BLUE,
    INK,
    ORANGE,
    WIDTH,
    blank,
    canvas,
    light,
    percents,
    styled,
    ticks,
)
from rcmvae_plugins.figures.params import ChannelUsageParams


@styled
def channel_usage(params: ChannelUsageParams, data: ReportData) -> Figure:
    """Bars of mean q(c|x), with p(c) as markers."""
    shares = usage(data.diagnostics)
    if not np.isfinite(shares).all():
        return blank("No input has finite responsibilities.")
    order = by_usage(shares) if params.order == "usage" else np.arange(len(shares))
    positive = shares[shares > 0]
    effective = float(np.exp(-(positive * np.log(positive)).sum()))
    many = f"{len(shares)} channel" + ("s" if len(shares) > 1 else "")
    wide = min(WIDTH, max(3.2, 1.2 + 0.5 * len(shares)))
    figure = canvas(wide, 2.9, f"{effective:.1f} of {many} in effect, exp of the entropy of usage")
    axes = light(figure.subplots())
    axes.grid(visible=False, axis="x")
    places = np.arange(len(order))
    axes.bar(places, shares[order], width=0.72, color=BLUE, label="mean q(c|x)")
    axes.plot(
        places,
        np.exp(data.diagnostics.log_pi[order]),
        linestyle="",
        marker="D",
        markersize=float(np.clip(200 / len(order), 2.5, 5)),
        color=ORANGE,
        markeredgecolor=INK,
        markeredgewidth=0.4,
        label="p(c)",
    )
    ticks(axes.xaxis, [str(channel) for channel in order], (wide - 1.0) * 0.7)
    axes.set_xlim(-0.6, len(order) - 0.4)
    axes.set_ylim(bottom=0)
    percents(axes.yaxis, 5)
    axes.set_xlabel("channel, most used first" if params.order == "usage" else "channel")
    figure.legend(loc="outside lower left", ncols=2)
    return figure
