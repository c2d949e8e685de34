"""Draws what curricula did by epoch: the channels that they unlocked, and their boosts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData, Snapshot
from rcmvae_plugins.figures._arrays import shorten
from rcmvae_plugins.figures._history import curve, epochs_of, names_after, seed_rows
from rcmvae_plugins.figures._series import epoch_axis
from rcmvae_plugins.figures._style import BLUE, ORANGE, WIDTH, styled, titled_figure, with_grid
from rcmvae_plugins.figures.params import CurriculumParams

_PREFIX = "curriculum/"
_ACTIVE = "active_channels"


@styled
def curriculum(params: CurriculumParams, data: ReportData) -> Plot | NotApplicable:
    """Draw the number of active channels, every other value of the curricula, and when each channel was unlocked.

    Args:
        params: the number of channels of which the unlocks are drawn.
        data: the history, and snapshots if there are any.
    """
    rows = seed_rows(data)
    epochs = epochs_of(rows, _PREFIX)
    if not len(epochs):
        return NotApplicable("the run has no curriculum")
    values = {name: curve(rows, f"{_PREFIX}{name}", epochs) for name in names_after(rows, _PREFIX)}
    active = values.pop(_ACTIVE, np.full(len(epochs), np.nan))
    # What never changes is not what a curriculum does over time.
    values = {name: each for name, each in values.items() if len(np.unique(each[np.isfinite(each)])) > 1}
    # A number that is missing at an epoch is no unlock.
    unlocked = np.maximum(np.diff(active, prepend=active[:1]), 0.0)
    channels = len(data.arrays.log_pi)
    if not values and not (active < channels).any():
        return NotApplicable("no curriculum of the run locks channels or changes over time")
    began = unlock_epochs(data.snapshots)[: params.channels]

    heights = [
        2.2,
        *([1.4] * len(values)),
        *([float(np.clip(0.14 * len(began), 1.2, 4.0))] * bool(len(began))),
    ]
    figure = titled_figure(WIDTH, sum(heights) + 0.7, _title(epochs, active, unlocked, channels))
    panels = (
        figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights).ravel().tolist()
    )
    _draw_steps(panels[0], epochs, active, "active channels")
    panels[0].yaxis.set_major_locator(MaxNLocator(5, integer=True))
    panels[0].set_ylim(0, max(channels, 1) * 1.08)
    places = unlocked > 0
    panels[0].plot(epochs[places], active[places], "^", color=ORANGE, markersize=6, label="unlock")
    for axes, (name, each) in zip(panels[1:], values.items(), strict=False):
        _draw_steps(axes, epochs, each, shorten(name.replace("_", " "), 32))
    if len(began):
        _draw_channels(panels[-1], began, float(epochs.max()))
    epoch_axis(panels[-1].xaxis)
    return Plot(figure, _table(epochs, {_ACTIVE: active, "unlocked": unlocked, **values}, began))


def unlock_epochs(snapshots: Sequence[Snapshot]) -> Float[np.ndarray, " K"]:
    """Return the epoch of the first snapshot in which each channel is active; NaN if it never is."""
    if not snapshots:
        return np.zeros(0)
    active = np.stack([snapshot.active for snapshot in snapshots])
    epochs = np.array([snapshot.epoch for snapshot in snapshots], float)
    return np.where(active.any(axis=0), epochs[active.argmax(axis=0)], np.nan)


def _title(
    epochs: Float[np.ndarray, " E"], active: Float[np.ndarray, " E"], unlocked: np.ndarray, channels: int
) -> str:
    """Return the title.

    Args:
        epochs: of the values.
        active: the number of active channels.
        unlocked: the number of those that are new.
        channels: of the model.
    """
    finite = active[np.isfinite(active)]
    if not len(finite):
        return "effects of the curriculum"
    when = epochs[unlocked > 0]
    last = (
        f"; {len(when)} unlock{'s' if len(when) > 1 else ''}, the last in epoch {when[-1]:g}"
        if len(when)
        else ""
    )
    return f"{finite[-1]:.0f} of {channels} channels active at the end{last or '; no unlock'}"


def _draw_steps(
    axes: Axes, epochs: Float[np.ndarray, " E"], values: Float[np.ndarray, " E"], title: str
) -> None:
    """Draw a value by epoch, as a step function.

    Args:
        axes: the axes to draw in.
        epochs: of the values.
        values: the values.
        title: of the panel.
    """
    with_grid(axes).set_title(title, loc="left")
    marker = "o" if len(epochs) == 1 else ""
    axes.plot(epochs, values, color=BLUE, drawstyle="steps-mid", linewidth=1.8, marker=marker)
    axes.yaxis.set_major_locator(MaxNLocator(4))


def _draw_channels(axes: Axes, began: Float[np.ndarray, " K"], last: float) -> None:
    """Draw a line for each channel, from the first snapshot in which it is active to the last epoch."""
    with_grid(axes).set_title("active in snapshots", loc="left")
    channels = np.arange(len(began))
    known = np.isfinite(began)
    width = float(np.clip(160 / len(began), 0.8, 6.0))
    axes.hlines(
        channels[known], began[known], max(last, float(np.nanmax(began, initial=0.0))), BLUE, linewidth=width
    )
    axes.set_ylim(len(began) - 0.5, -0.5)
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.set_ylabel("channel")


def _table(
    epochs: Float[np.ndarray, " E"], values: dict[str, np.ndarray], began: Float[np.ndarray, " K"]
) -> dict[str, list[object]]:
    """Return a row for each value and epoch, and one for each channel with the epoch of its first active snapshot.

    Args:
        epochs: of the values.
        values: by name.
        began: the epoch of each channel.
    """
    by_epoch = [(name, "", e, v) for name, each in values.items() for e, v in zip(epochs, each, strict=True)]
    by_channel = [("first_active", channel, epoch, 1.0) for channel, epoch in enumerate(began)]
    columns = map(list, zip(*by_epoch, *by_channel, strict=True))
    return dict(zip(("quantity", "channel", "epoch", "value"), columns, strict=True))
