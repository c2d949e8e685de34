"""Draws all held-out inputs in one map of the latent space."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_core.report.drawing import INK, PAPER
from rcmvae_plugins.figures._arrays import by_usage
from rcmvae_plugins.figures._labels import count_of
from rcmvae_plugins.figures._pictures import label_column
from rcmvae_plugins.figures._points import (
    Latents,
    channel_latents,
    draw_legend,
    draw_points,
    point_groups,
)
from rcmvae_plugins.figures._projection import PLANE, Plane, own_axes, principal_components
from rcmvae_plugins.figures._style import WIDTH, styled, titled_figure
from rcmvae_plugins.figures.params import LatentMapParams

_SAME = 1e-6
"""Latents that differ by less are the same."""


@styled
def latent_map(params: LatentMapParams, data: ReportData) -> Plot | NotApplicable:
    """Draw inputs as points, with the number of a channel at the mean of its inputs.

    Args:
        params: the number of points, colours and numbered channels.
        data: labels, responsibilities and latents.
    """
    arrays = data.arrays
    if not arrays.channel_means.size:
        return NotApplicable("no latents of channels were stored")
    latents = channel_latents(arrays)
    if not len(latents.positions):
        return NotApplicable("no input has finite latents")
    plane, projection = _plane(latents)
    kept = evenly_spaced(len(latents.positions), params.points)
    groups, styles = point_groups(arrays.labels[latents.positions], arrays, params.classes)
    note = f", {latents.dropped} not finite" if latents.dropped else ""
    title = f"{count_of(len(kept), len(latents.positions), 'input')}: {projection}{note}"
    positions, weights = plane.positions[kept], latents.weights[kept]
    on_line = positions.shape[1] == 1
    figure = titled_figure(WIDTH, 3.6 if on_line else 6.2, title)
    axes = figure.subplots()
    # A histogram counts each input once.
    confidence = np.ones(len(kept)) if on_line else weights.max(axis=1)
    draw_points(axes, positions, confidence, groups[kept], styles)
    axes.set(xlabel=plane.names[0], ylabel="inputs" if on_line else plane.names[1])
    if not on_line:
        _number_channels(axes, latents, plane, params.channels)
    present = np.unique(groups[kept])
    draw_legend(figure, [styles[group] for group in styles if group in present], WIDTH)
    table = {
        "position": latents.positions[kept],
        "label": label_column(arrays, latents.positions[kept]),
        "channel": weights.argmax(axis=1),
        "responsibility": weights.max(axis=1),
    }
    return Plot(figure, table | dict(zip("xy", positions.T, strict=False)))


def _plane(latents: Latents) -> tuple[Plane, str]:
    """Return the map, and what it is."""
    dim = latents.means.shape[2]
    if latents.shared and dim <= PLANE:
        return own_axes(latents.of_channel(0)), "the latent's own axes"
    # Latents of channels are in spaces of their own; their mean under q(c|x) is where an input is decoded from.
    own, mean = latents.of_channel(0), np.einsum("mk,mkd->md", latents.weights, latents.means)
    values, name = (own, "the latent") if latents.shared else (mean, "the latents' mean under q(c|x)")
    plane = principal_components(values)
    if np.ptp(values, axis=0).max() < _SAME:
        return plane, f"{name} is the same for all"
    count = len(plane.variances)
    share = f", {plane.variances.sum():.0%} of the variance" if count < dim else ""
    return plane, f"PCA of {name}, {count} of {dim} components{share}"


def _number_channels(axes: Axes, latents: Latents, plane: Plane, limit: int) -> None:
    """Write the number of each channel at the mean of its inputs.

    Args:
        axes: the axes to draw in.
        latents: of the inputs.
        plane: the map.
        limit: the largest number of channels, most used first.
    """
    totals = latents.weights.sum(axis=0)
    for channel in by_usage(totals)[:limit].tolist():
        if totals[channel] < 1:
            continue
        x, y = latents.weights[:, channel] @ plane.positions / totals[channel]
        text = axes.text(x, y, str(channel), ha="center", va="center", fontsize=11, weight="bold", color=INK)
        text.set_path_effects([withStroke(linewidth=2.5, foreground=PAPER)])
