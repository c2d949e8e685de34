"""Draws the latents of validation inputs in the course of training."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData, Snapshot
from rcmvae_plugins.figures._arrays import finite_rows
from rcmvae_plugins.figures._missing import NO_SNAPSHOTS
from rcmvae_plugins.figures._points import PointStyle, draw_legend, point_groups
from rcmvae_plugins.figures._projection import PLANE, own_axes
from rcmvae_plugins.figures._snapshots import snapshots_of
from rcmvae_plugins.figures._style import WIDTH, panel_grid, styled, titled_figure, with_grid
from rcmvae_plugins.figures.params import ChannelEvolutionParams


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
    snapshots = [each for each in map(_finite, snapshots) if each.latents.size]
    if not snapshots:
        return NotApplicable("no snapshot has finite latents")
    chosen = [snapshots[place] for place in evenly_spaced(len(snapshots), params.panels).tolist()]
    chosen = [_subset(each, evenly_spaced(len(each.labels), params.points)) for each in chosen]
    positions, axis_names = _positions(chosen, snapshots[-1])
    by_label = any((each.labels >= 0).any() for each in chosen)
    values = [each.labels if by_label else each.channels for each in chosen]
    groups, styles = point_groups(np.concatenate(values), data.arrays, params.classes)
    if not by_label:
        styles = {group: _of_channel(group, style) for group, style in styles.items()}

    columns = min(params.columns, len(chosen))
    height = math.ceil(len(chosen) / columns) * min(WIDTH / columns, 2.6) + 1.0
    figure = titled_figure(WIDTH, height, _title(chosen, by_label=by_label))
    panels = panel_grid(figure, len(chosen), columns, axis_names, share=True)
    ends = np.cumsum([len(each.labels) for each in chosen])[:-1]
    for axes, snapshot, points, own in zip(panels, chosen, positions, np.split(groups, ends), strict=True):
        with_grid(axes).set_title(f"epoch {snapshot.epoch}", loc="left")
        _draw_points(axes, points, own, styles)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=axis_names[1] == "channel"))
        axes.margins(0.08)
    draw_legend(figure, [style for group, style in styles.items() if (groups == group).any()], WIDTH)
    return Plot(figure, _table(chosen, positions))


def _finite(snapshot: Snapshot) -> Snapshot:
    return _subset(snapshot, np.flatnonzero(finite_rows(snapshot.latents)))


def _subset(snapshot: Snapshot, kept: Int[np.ndarray, " p"]) -> Snapshot:
    latents, channels, labels = (
        array[kept] for array in (snapshot.latents, snapshot.channels, snapshot.labels)
    )
    return snapshot._replace(latents=latents, channels=channels, labels=labels)


def _positions(
    chosen: Sequence[Snapshot], last: Snapshot
) -> tuple[list[Float[np.ndarray, "_ 2"]], tuple[str, str]]:
    """Return the coordinates of the inputs of each snapshot, and the names of the axes.

    Args:
        chosen: the snapshots.
        last: the one that defines the plane.
    """
    plane = own_axes(last.latents)
    positions = [plane.project(each.latents) for each in chosen]
    if len(plane.names) == PLANE:
        return positions, (plane.names[0], plane.names[1])
    by_channel = [np.column_stack([z, each.channels]) for z, each in zip(positions, chosen, strict=True)]
    return by_channel, (plane.names[0], "channel")


def _of_channel(group: int, style: PointStyle) -> PointStyle:
    return style._replace(name=f"channel {group}" if group >= 0 else "other channels")


def _title(chosen: Sequence[Snapshot], *, by_label: bool) -> str:
    dim = chosen[-1].latents.shape[1]
    plane = f", principal components of {dim} dimensions at the end" if dim > PLANE else ""
    by = "label" if by_label else "channel"
    return f"latents from epoch {chosen[0].epoch} to {chosen[-1].epoch}, coloured by {by}{plane}"


def _draw_points(
    axes: Axes,
    positions: Float[np.ndarray, "P 2"],
    groups: Int[np.ndarray, " P"],
    styles: dict[int, PointStyle],
) -> None:
    """Draw one line of markers for each group, which takes far less space than a collection.

    Args:
        axes: the axes to draw in.
        positions: of the inputs.
        groups: of the inputs.
        styles: of the groups; the last ones, which have no colour, are drawn first.
    """
    for group, style in reversed(styles.items()):
        points = positions[groups == group]
        if len(points):
            axes.plot(
                *points.T, linestyle="", marker=style.marker, markersize=3.5, markerfacecolor=style.fill,
                markeredgecolor=style.edge, markeredgewidth=0.3,
            )  # fmt: skip


def _table(
    chosen: Sequence[Snapshot], positions: Sequence[Float[np.ndarray, "_ 2"]]
) -> dict[str, np.ndarray]:
    """Return a row for each point."""
    x, y = np.concatenate(positions).T
    return {
        "epoch": np.repeat([each.epoch for each in chosen], [len(each.labels) for each in chosen]),
        "channel": np.concatenate([each.channels for each in chosen]),
        "label": np.concatenate([each.labels for each in chosen]),
        "x": x,
        "y": y,
    }
