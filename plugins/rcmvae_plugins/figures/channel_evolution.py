"""Draws the latents of validation inputs in the course of training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.plugin.protocols.figure import NotApplicable, Plot, ReportData
from rcmvae_core.plugin.protocols.report_arrays import Snapshot
from rcmvae_core.report.drawing import MUTED
from rcmvae_plugins.figures._arrays import class_name
from rcmvae_plugins.figures._missing import NO_SNAPSHOTS
from rcmvae_plugins.figures._series import draw_legend
from rcmvae_plugins.figures._snapshots import first_components, snapshots_of
from rcmvae_plugins.figures._style import (
    MARKERS,
    PALETTE,
    WIDTH,
    panel_grid,
    styled,
    titled_figure,
    with_grid,
)
from rcmvae_plugins.figures.params import ChannelEvolutionParams

_PLANE = 2
_REST = -1
"""The group of inputs of unknown label, and of classes without a colour."""


class _Panel(NamedTuple):
    """The inputs of a snapshot: positions in the plane, and the group that gives each its colour."""

    epoch: int
    channels: Int[np.ndarray, " P"]
    labels: Int[np.ndarray, " P"]
    positions: Float[np.ndarray, "P 2"]
    groups: Int[np.ndarray, " P"]


@styled
def channel_evolution(params: ChannelEvolutionParams, data: ReportData) -> Plot | NotApplicable:
    """Draw a panel for each of some snapshots, all in the same plane: that of the last one.

    The latent is that of an input's most probable channel. With one dimension, the plane is that and the channel.

    Args:
        params: the number of panels, points and colours.
        data: the snapshots.
    """
    snapshots = snapshots_of(data)
    if not snapshots:
        return NO_SNAPSHOTS
    chosen = [snapshots[place] for place in evenly_spaced(len(snapshots), params.panels).tolist()]
    dim = chosen[-1].latents.shape[1]
    if not any(np.isfinite(snapshot.latents).all(axis=1).any() for snapshot in chosen) or not dim:
        return NotApplicable("no snapshot has finite latents")
    labelled = any((snapshot.labels >= 0).any() for snapshot in chosen)
    colored = _most_frequent(chosen, params.classes, labelled=labelled)
    panels = [_panel(snapshot, chosen[-1], colored, params.points, labelled=labelled) for snapshot in chosen]

    columns = min(params.columns, len(panels))
    height = math.ceil(len(panels) / columns) * min(WIDTH / columns, 2.6) + 1.0
    figure = titled_figure(WIDTH, height, _title(chosen, dim, labelled=labelled))
    axis_labels = {1: ("z1", "channel"), _PLANE: ("z1", "z2")}.get(dim, ("PC1", "PC2"))
    for axes, panel in zip(
        panel_grid(figure, len(panels), columns, axis_labels, share=True), panels, strict=True
    ):
        _draw_panel(axes, panel, colored)
    present = set(np.concatenate([panel.groups for panel in panels]).tolist())
    names = {group: class_name(data.arrays, group) if labelled else f"channel {group}" for group in colored}
    names[_REST] = "others" if len(colored) else "inputs"
    shown = [group for group in names if group in present]
    handles = [Line2D([], [], **_marker(group, colored)) for group in shown]
    draw_legend(figure, handles, [names[group] for group in shown])
    return Plot(figure, _table(panels))


def _title(chosen: Sequence[Snapshot], dim: int, *, labelled: bool) -> str:
    by = "label" if labelled else "channel"
    plane = f", first two principal components of {dim} at the end" if dim > _PLANE else ""
    return f"latents from epoch {chosen[0].epoch} to {chosen[-1].epoch}, coloured by {by}{plane}"


def _most_frequent(chosen: Sequence[Snapshot], limit: int, *, labelled: bool) -> list[int]:
    """Return the classes that have a colour; the channels where no label is known.

    Args:
        chosen: the snapshots.
        limit: the number of colours.
        labelled: whether some label is known.
    """
    values = np.concatenate([snapshot.labels if labelled else snapshot.channels for snapshot in chosen])
    groups, counts = np.unique(values[values >= 0], return_counts=True)
    return sorted(groups[np.argsort(-counts, kind="stable")][:limit].tolist())


def _panel(
    snapshot: Snapshot, last: Snapshot, colored: Sequence[int], points: int, *, labelled: bool
) -> _Panel:
    """Project the inputs of a snapshot.

    Args:
        snapshot: the snapshot.
        last: the one that defines the plane.
        colored: groups with a colour.
        points: the largest number of inputs.
        labelled: whether groups are labels, or else channels.

    Returns:
        The panel, of inputs with finite latents.
    """
    usable = np.flatnonzero(np.isfinite(snapshot.latents).all(axis=1))
    usable = usable[evenly_spaced(len(usable), points)]
    latents, channels, labels = (v[usable] for v in (snapshot.latents, snapshot.channels, snapshot.labels))
    if latents.shape[1] == 1:
        positions = np.column_stack([latents, channels]).astype(float)
    elif latents.shape[1] == _PLANE:
        positions = latents.astype(float)
    else:
        centre, directions = first_components(last.latents)
        positions = (latents - centre) @ directions.T
    groups = labels if labelled else channels
    return _Panel(
        snapshot.epoch, channels, labels, positions, np.where(np.isin(groups, colored), groups, _REST)
    )


def _draw_panel(axes: Axes, panel: _Panel, colored: Sequence[int]) -> None:
    with_grid(axes).set_title(f"epoch {panel.epoch}", loc="left")
    axes.xaxis.set_major_locator(MaxNLocator(4))
    # Of latents of one dimension, the other axis is the channel.
    whole = bool(np.all(panel.positions[:, 1] == panel.channels))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=whole))
    for group in (_REST, *colored):
        axes.plot(*panel.positions[panel.groups == group].T, **_marker(group, colored))


def _marker(group: int, colored: Sequence[int]) -> dict[str, Any]:
    base = {"linestyle": "", "markersize": 3.5, "markeredgewidth": 0.0}
    if group == _REST:
        return base | {"marker": ".", "color": MUTED}
    place = list(colored).index(group)
    marker = MARKERS[(place + place // len(PALETTE)) % len(MARKERS)]
    return base | {"marker": marker, "color": PALETTE[place % len(PALETTE)]}


def _table(panels: Sequence[_Panel]) -> dict[str, np.ndarray]:
    """Return a row for each point."""
    return {
        "epoch": np.repeat([panel.epoch for panel in panels], [len(panel.labels) for panel in panels]),
        "channel": np.concatenate([panel.channels for panel in panels]),
        "label": np.concatenate([panel.labels for panel in panels]),
        "x": np.concatenate([panel.positions[:, 0] for panel in panels]),
        "y": np.concatenate([panel.positions[:, 1] for panel in panels]),
    }
