"""Draws usage, prior and the effective number of channels in the course of training."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_core.report.drawing import PAPER, RULE
from rcmvae_plugins.figures._arrays import by_usage, effective_number
from rcmvae_plugins.figures._folding import OTHERS, Folded, fold
from rcmvae_plugins.figures._missing import NO_SNAPSHOTS, ONE_CHANNEL
from rcmvae_plugins.figures._series import draw_legend, epoch_axis
from rcmvae_plugins.figures._snapshots import snapshots_of
from rcmvae_plugins.figures._style import (
    BLUE,
    PALETTE,
    WIDTH,
    format_percent,
    styled,
    titled_figure,
    with_grid,
)
from rcmvae_plugins.figures.params import UsageOverTimeParams


@styled
def usage_over_time(params: UsageOverTimeParams, data: ReportData) -> Plot | NotApplicable:
    """Draw areas of the mean q(c|x) and of p(c), and the exponential of the usage entropy.

    Args:
        params: the number of channels with an area of their own.
        data: the snapshots.
    """
    snapshots = snapshots_of(data)
    if not snapshots:
        return NO_SNAPSHOTS
    usage = np.nan_to_num(np.stack([snapshot.usage for snapshot in snapshots]).astype(float))
    prior = np.nan_to_num(np.exp(np.stack([snapshot.log_pi for snapshot in snapshots]).astype(float)))
    channels = usage.shape[1]
    if channels == 1:
        return ONE_CHANNEL
    epochs = np.array([snapshot.epoch for snapshot in snapshots], float)
    effective = effective_number(usage)
    folded = fold(by_usage(usage[-1]), min(params.channels, len(PALETTE)))

    title = f"{effective[0]:.1f} effective channels at first, {effective[-1]:.1f} of {channels} at the end"
    figure = titled_figure(WIDTH, 3.4, title + folded.note("most used", "channels"))
    left, middle, right = figure.subplots(1, 3, sharex=True)
    _draw_areas(left, epochs, folded.sums(usage.T), folded, "usage, mean q(c|x)")
    _draw_areas(middle, epochs, folded.sums(prior.T), folded, "prior, p(c)")
    with_grid(right).set_title("effective channels", loc="left")
    right.plot(epochs, effective, color=BLUE, linewidth=1.8, marker="o", markersize=3, clip_on=False)
    right.set_ylim(0, 1.08 * float(effective.max()))
    for axes in (left, middle, right):
        epoch_axis(axes.xaxis)
    names = folded.names([f"channel {channel}" for channel in range(channels)])
    draw_legend(figure, [Patch(color=_color(name, place)) for place, name in enumerate(names)], names)
    return Plot(figure, _table(epochs, usage, prior, effective))


def _color(name: str, place: int) -> str:
    return RULE if name == OTHERS else PALETTE[place]


def _draw_areas(
    axes: Axes, epochs: Float[np.ndarray, " E"], shares: Float[np.ndarray, "n E"], folded: Folded, title: str
) -> None:
    """Draw shares on top of each other.

    Args:
        axes: the axes to draw in.
        epochs: of the shares.
        shares: of each shown channel, then of the others.
        folded: which channels these are.
        title: of the panel.
    """
    with_grid(axes).set_title(title, loc="left")
    colors = [*PALETTE[: len(folded.shown)], *([RULE] * bool(len(folded.rest)))]
    # The lines between areas set neighbours apart whose colours look alike to some readers.
    axes.stackplot(epochs, shares, colors=colors, linewidth=0.6, edgecolor=PAPER)
    axes.set_xlim(epochs[0], epochs[-1])
    axes.set_ylim(0, 1)
    format_percent(axes.yaxis, 5)


def _table(
    epochs: Float[np.ndarray, " E"],
    usage: Float[np.ndarray, "E K"],
    prior: Float[np.ndarray, "E K"],
    effective: Float[np.ndarray, " E"],
) -> dict[str, np.ndarray]:
    """Return a row for each epoch and channel.

    Args:
        epochs: of the snapshots.
        usage: of the channels.
        prior: of the channels.
        effective: the effective number of channels.
    """
    channels = usage.shape[1]
    return {
        "epoch": np.repeat(epochs, channels),
        "channel": np.tile(np.arange(channels), len(epochs)),
        "usage": usage.ravel(),
        "prior": prior.ravel(),
        "effective_channels": np.repeat(effective, channels),
    }
