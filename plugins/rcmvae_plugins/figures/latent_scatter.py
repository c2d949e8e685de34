"""Draws held-out inputs in the latent space of their channel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from rcmvae_core.plugin.protocols import ReportArrays, ReportData
from rcmvae_core.report.drawing import INK, MUTED
from rcmvae_plugins.figures._arrays import by_usage, class_name, finite_rows, percent, usage
from rcmvae_plugins.figures._style import (
    MARKERS,
    PALETTE,
    WIDTH,
    message_figure,
    panel_grid,
    styled,
    titled_figure,
    with_grid,
)
from rcmvae_plugins.figures.params import LatentScatterParams

_UNKNOWN, _OTHER = -1, -2
"""The groups of inputs of unknown label, and of classes without a colour."""
_BINS = 24
_PLANE = 2


class PointStyle(NamedTuple):
    """The name of a group of inputs in the legend, and the style of its points."""

    name: str
    fill: str
    edge: str
    marker: str


@styled
def latent_scatter(params: LatentScatterParams, data: ReportData) -> Figure:
    """Draw a panel for each channel that some input chooses: points, or a histogram if the latent has one dimension.

    Args:
        params: the number of panels, points and colours.
        data: labels, responsibilities and latents.
    """
    arrays = data.arrays
    usable = finite_rows(arrays.responsibilities) & np.isfinite(arrays.latents).all(axis=1)
    chosen = np.where(usable, np.nan_to_num(arrays.responsibilities).argmax(axis=1), -1)
    shares = usage(arrays)
    used = [channel for channel in by_usage(shares) if (chosen == channel).any()]
    if not used:
        return message_figure("No input has finite latents.")
    groups, styles = _groups(arrays, params.classes)
    channels = used[: params.panels]
    in_panels = np.isin(chosen, channels)
    columns = min(params.columns, len(channels))
    width = max(3.0, WIDTH * columns / max(columns, min(4, params.columns)))
    height = math.ceil(len(channels) / columns) * min(width / columns, 2.6)
    figure = titled_figure(width, height + 1.0, _title(arrays, int(usable.sum()), len(used)))
    # The same range of bins in all panels, so that the heights of bars are comparable.
    latents = arrays.latents[in_panels]
    value_range = (float(latents.min()), float(latents.max())) if params.share_axes else None
    labels = ("z1", "inputs") if arrays.latents.shape[1] == 1 else ("z1", "z2")
    panels = panel_grid(figure, len(channels), columns, labels, share=params.share_axes)
    for axes, channel in zip(panels, channels, strict=True):
        members = np.flatnonzero(chosen == channel)
        with_grid(axes).set_title(f"channel {channel} · {percent(float(shares[channel]))}", loc="left")
        _draw_panel(
            axes,
            arrays.latents[members],
            groups[members],
            styles,
            points=params.points,
            value_range=value_range,
        )
    _draw_legend(figure, [styles[group] for group in styles if (groups[in_panels] == group).any()], width)
    return figure


def _title(arrays: ReportArrays, usable: int, used: int) -> str:
    """Return the title.

    Args:
        arrays: of the report.
        usable: the number of inputs with finite values.
        used: the number of channels that they choose.
    """
    inputs = f"{usable} input" + ("s" if usable > 1 else "")
    dropped = len(arrays.latents) - usable
    note = f", {dropped} without finite values" if dropped else ""
    dim = arrays.latents.shape[1]
    projection = f", first two principal components of {dim}" if dim > _PLANE else ""
    return f"{inputs} in {used} of {len(arrays.log_pi)} channels{projection}{note}"


def _groups(arrays: ReportArrays, limit: int) -> tuple[Int[np.ndarray, " N"], dict[int, PointStyle]]:
    """Return the group of each input, and the style of each group; rare classes are one group."""
    classes, counts = np.unique(arrays.labels[arrays.labels >= 0], return_counts=True)
    frequent = sorted(classes[np.argsort(-counts, kind="stable")][:limit].tolist())
    styles = {
        group: PointStyle(
            class_name(arrays, group),
            PALETTE[place % len(PALETTE)],
            INK,
            # The second ten classes have the same colours with other markers.
            MARKERS[(place + place // len(PALETTE)) % len(MARKERS)],
        )
        for place, group in enumerate(frequent)
    }
    styles[_OTHER] = PointStyle("other classes", MUTED, MUTED, ".")
    styles[_UNKNOWN] = PointStyle("unknown", "none", MUTED, "o")
    groups = np.where(np.isin(arrays.labels, [*frequent, _UNKNOWN]), arrays.labels, _OTHER)
    return groups, styles


def _draw_legend(figure: Figure, styles: Sequence[PointStyle], width: float) -> None:
    """Draw a legend with as many columns as fit.

    Args:
        figure: the figure.
        styles: the groups in it.
        width: of the figure, in inches.
    """
    handles = [Line2D([], [], linestyle="", markersize=5, **_line_style(style)) for style in styles]
    names = [style.name for style in styles]
    columns = max(1, int(width / (0.5 + 0.075 * max(map(len, names)))))
    legend = figure.legend(handles, names, loc="outside lower left", ncols=min(len(names), columns))
    for text in legend.get_texts():
        text.set_parse_math(False)


def _line_style(style: PointStyle) -> dict[str, Any]:
    edge = {"markerfacecolor": style.fill, "markeredgecolor": style.edge, "markeredgewidth": 0.4}
    return {"marker": style.marker, **edge}


def _draw_panel(
    axes: Axes,
    latents: Float[np.ndarray, "n D"],
    groups: Int[np.ndarray, " n"],
    styles: dict[int, PointStyle],
    *,
    points: int,
    value_range: tuple[float, float] | None,
) -> None:
    """Draw the inputs of a channel.

    Args:
        axes: the axes to draw in.
        latents: of the inputs.
        groups: of the inputs.
        styles: of the groups.
        points: the largest number of inputs to draw.
        value_range: of a histogram; None takes that of its values.
    """
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=latents.shape[1] == 1))
    positions, variances = project(latents)
    if len(variances):
        axes.set(xlabel=f"PC1 ({variances[0]:.0%})", ylabel=f"PC2 ({variances[1]:.0%})")
    kept = np.unique(np.linspace(0, len(latents) - 1, min(points, len(latents))).round().astype(int))
    present = [group for group in styles if (groups[kept] == group).any()]
    parts = [positions[kept[groups[kept] == group]] for group in present]
    if positions.shape[1] == 1:
        fills = [styles[group].fill if styles[group].fill != "none" else MUTED for group in present]
        axes.hist([part[:, 0] for part in parts], bins=_BINS, range=value_range, stacked=True, color=fills)
        return
    for group, part in zip(present, parts, strict=True):
        axes.plot(*part.T, linestyle="", markersize=4, **_line_style(styles[group]))


def project(latents: Float[np.ndarray, "n D"]) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, " s"]]:
    """Project latents to at most two coordinates: their own, or above two dimensions principal components.

    Each channel has a projection of its own, because in the `decentralized` layout it has a space of its own.

    Returns:
        The coordinates, and the fraction of variance of each principal component; empty for the latent's own
        coordinates.
    """
    if latents.shape[1] <= _PLANE:
        return latents, np.zeros(0)
    centred = latents.astype(float) - latents.mean(axis=0, dtype=float)
    _, singular_values, directions = np.linalg.svd(centred, full_matrices=False)
    # The sign of a component is arbitrary; a rule for it makes figures the same on every machine.
    largest = np.abs(directions).argmax(axis=1)
    directions = directions * np.sign(directions[np.arange(len(directions)), largest])[:, None]
    positions = np.zeros((len(latents), _PLANE))
    positions[:, : len(directions[:_PLANE])] = centred @ directions[:_PLANE].T
    variances = np.square(np.pad(singular_values, (0, 1)))
    return positions, variances[:_PLANE] / max(variances.sum(), np.finfo(float).tiny)
