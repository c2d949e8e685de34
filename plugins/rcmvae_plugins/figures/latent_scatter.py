"""Draws held-out inputs in the latent space of each channel."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportArrays, ReportData
from rcmvae_plugins.figures._arrays import by_usage, percent, usage
from rcmvae_plugins.figures._labels import count_of
from rcmvae_plugins.figures._pictures import label_column
from rcmvae_plugins.figures._points import (
    Latents,
    channel_latents,
    draw_legend,
    draw_points,
    point_groups,
)
from rcmvae_plugins.figures._projection import PLANE, Plane, own_axes
from rcmvae_plugins.figures._style import WIDTH, panel_grid, styled, titled_figure
from rcmvae_plugins.figures.params import LatentScatterParams


class _Panel(NamedTuple):
    """The points of a channel: which of the inputs, and where."""

    channel: int
    rows: Int[np.ndarray, " n"]
    plane: Plane
    positions: Float[np.ndarray, "n d"]


@styled
def latent_scatter(params: LatentScatterParams, data: ReportData) -> Plot | NotApplicable:
    """Draw a panel for each channel: points, or a histogram if the latent has one dimension.

    Args:
        params: the number of panels, points and colours.
        data: labels, responsibilities and latents.
    """
    arrays = data.arrays
    latents, shares = channel_latents(arrays), usage(arrays)
    used = [c for c in by_usage(shares).tolist() if (latents.weights[:, c] >= params.least).any()]
    if not used:
        return NotApplicable("no input has finite latents")
    panels = _panels(latents, used[: params.panels], params)
    groups, styles = point_groups(arrays.labels[latents.positions], arrays, params.classes)
    columns = min(params.columns, len(panels))
    width = max(3.0, WIDTH * columns / max(columns, min(4, params.columns)))
    height = math.ceil(len(panels) / columns) * min(width / columns, 2.6)
    figure = titled_figure(width, height + 1.0, _title(latents, len(panels), len(used)))
    drawn = np.concatenate([panel.positions for panel in panels])
    # The same range of bins in all panels, so that the heights of bars are comparable.
    value_range = (float(drawn.min()), float(drawn.max())) if params.share_axes else None
    names = ("z1", "sum of q(c|x)") if drawn.shape[1] == 1 else panels[0].plane.names[:PLANE]
    grid = panel_grid(figure, len(panels), columns, (names[0], names[1]), share=params.share_axes)
    for axes, panel in zip(grid, panels, strict=True):
        axes.set_title(f"channel {panel.channel} · {percent(float(shares[panel.channel]))}", loc="left")
        weights = latents.weights[panel.rows, panel.channel]
        draw_points(axes, panel.positions, weights, groups[panel.rows], styles, value_range=value_range)
        if len(panel.plane.variances):
            axes.set(xlabel=panel.plane.names[0], ylabel=panel.plane.names[1])
    present = np.unique(np.concatenate([groups[panel.rows] for panel in panels]))
    draw_legend(figure, [styles[group] for group in styles if group in present], width)
    return Plot(figure, _table(arrays, latents, panels))


def _panels(latents: Latents, channels: list[int], params: LatentScatterParams) -> list[_Panel]:
    """Choose and place the points of each channel.

    Where each channel has a latent of its own, it has a projection of its own.

    Args:
        latents: of the inputs.
        channels: to draw.
        params: the number of points, and their least responsibility.
    """
    common = own_axes(latents.of_channel(0)) if latents.shared else None
    panels: list[_Panel] = []
    for channel in channels:
        candidates = np.flatnonzero(latents.weights[:, channel] >= params.least)
        plane = common or own_axes(latents.of_channel(channel)[candidates])
        rows = candidates[evenly_spaced(len(candidates), params.points)]
        panels.append(_Panel(channel, rows, plane, plane.project(latents.of_channel(channel)[rows])))
    return panels


def _title(latents: Latents, shown: int, used: int) -> str:
    """Return the title.

    Args:
        latents: of the inputs.
        shown: the number of channels in the figure.
        used: the number of channels in use.
    """
    count, dim = len(latents.positions), latents.means.shape[2]
    projection = f", first two principal components of {dim}" if dim > PLANE else ""
    note = f", {latents.dropped} not finite" if latents.dropped else ""
    return f"{count_of(count, count, 'input')}, {count_of(shown, used, 'channel')} in use{projection}{note}"


def _table(arrays: ReportArrays, latents: Latents, panels: list[_Panel]) -> dict[str, np.ndarray]:
    """Return the columns of the points.

    Args:
        arrays: of the report.
        latents: of the inputs.
        panels: their points.
    """
    rows = np.concatenate([panel.rows for panel in panels])
    channels = np.repeat([panel.channel for panel in panels], [len(panel.rows) for panel in panels])
    positions = np.concatenate([panel.positions for panel in panels])
    table = {
        "channel": channels,
        "position": latents.positions[rows],
        "label": label_column(arrays, latents.positions[rows]),
        "responsibility": latents.weights[rows, channels],
    }
    return table | dict(zip("xy", positions.T, strict=False))
