"""Reads the latents of each channel with their responsibilities, and styles points by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from rcmvae_core.plugin.protocols import ReportArrays
from rcmvae_core.report.drawing import INK, MUTED
from rcmvae_plugins.figures._arrays import class_name, finite_rows
from rcmvae_plugins.figures._style import MARKERS, PALETTE, with_grid

_UNKNOWN, _OTHER = -1, -2
"""The groups of inputs of unknown label, and of classes without a colour."""
_BINS = 24
_FAINTEST = 0.12


class Latents(NamedTuple):
    """Inputs with a posterior mean for each channel.

    Args:
        positions: of the inputs among all inputs.
        weights: q(c|x).
        means: posterior means; with one latent, all channels share it.
        dropped: the number of inputs that were left out, because their values are not finite.
    """

    positions: Int[np.ndarray, " M"]
    weights: Float[np.ndarray, "M K"]
    means: Float[np.ndarray, "M k D"]
    dropped: int

    @property
    def shared(self) -> bool:
        """Return whether all channels share the latent."""
        return self.means.shape[1] == 1

    def of_channel(self, channel: int) -> Float[np.ndarray, "M D"]:
        """Return the posterior means of a channel."""
        return self.means[:, 0 if self.shared else channel]


class PointStyle(NamedTuple):
    """The name of a group of inputs in the legend, and the style of its points."""

    name: str
    fill: str
    edge: str
    marker: str


def channel_latents(arrays: ReportArrays) -> Latents:
    """Return the latents of every channel; if they were not stored, those of the most probable channel alone."""
    if arrays.channel_means.size:
        positions, means = arrays.members, arrays.channel_means
        weights = arrays.responsibilities[positions]
    else:
        positions, means = np.arange(len(arrays.latents)), arrays.latents[:, None]
        weights = np.nan_to_num(arrays.responsibilities, nan=-1)
        first = np.arange(weights.shape[1]) == weights.argmax(axis=1)[:, None]
        weights = np.where(first, arrays.responsibilities, arrays.responsibilities * 0)
    usable = finite_rows(weights) & np.isfinite(means).all(axis=(1, 2))
    return Latents(positions[usable], weights[usable], means[usable], int((~usable).sum()))


def point_groups(
    labels: Int[np.ndarray, " M"], arrays: ReportArrays, limit: int
) -> tuple[Int[np.ndarray, " M"], dict[int, PointStyle]]:
    """Return the group of each input, and the style of each group; rare classes are one group.

    Args:
        labels: of the inputs.
        arrays: of the report.
        limit: the largest number of classes with a colour.
    """
    classes, counts = np.unique(labels[labels >= 0], return_counts=True)
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
    groups = np.where(np.isin(labels, [*frequent, _UNKNOWN]), labels, _OTHER)
    return groups, styles


def draw_points(
    axes: Axes,
    positions: Float[np.ndarray, "n d"],
    weights: Float[np.ndarray, " n"],
    groups: Int[np.ndarray, " n"],
    styles: Mapping[int, PointStyle],
    *,
    value_range: tuple[float, float] | None = None,
) -> None:
    """Draw inputs as points whose opacity is their weight; on a line, as a histogram of weights.

    Args:
        axes: the axes to draw in.
        positions: of the inputs.
        weights: of the inputs, in [0, 1].
        groups: of the inputs.
        styles: of the groups.
        value_range: of a histogram; None takes that of its values.
    """
    with_grid(axes)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    present = [group for group in styles if (groups == group).any()]
    parts = [groups == group for group in present]
    if positions.shape[1] == 1:
        fills = [styles[group].fill if styles[group].fill != "none" else MUTED for group in present]
        values, heights = ([array[part] for part in parts] for array in (positions[:, 0], weights))
        axes.hist(values, bins=_BINS, range=value_range, weights=heights, stacked=True, color=fills)
        return
    for group, part in zip(present, parts, strict=True):
        style = styles[group]
        faces, edges = _faded(style.fill, weights[part]), _faded(style.edge, weights[part])
        x, y = positions[part].T
        axes.scatter(x, y, s=15, marker=style.marker, facecolors=faces, edgecolors=edges, linewidths=0.4)


def _faded(color: str, weights: Float[np.ndarray, " n"]) -> list[tuple[float, float, float, float]]:
    """Return a colour for each weight, whose opacity it is; the least is still visible."""
    red, green, blue, opacity = to_rgba(color)
    return [(red, green, blue, opacity * alpha) for alpha in np.clip(weights, _FAINTEST, 1).tolist()]


def draw_legend(figure: Figure, styles: Sequence[PointStyle], width: float) -> None:
    """Draw a legend with as many columns as fit.

    Args:
        figure: the figure.
        styles: the groups in it.
        width: of the figure, in inches.
    """
    handles = [
        Line2D(
            [], [], linestyle="", markersize=5, marker=style.marker,
            markerfacecolor=style.fill, markeredgecolor=style.edge, markeredgewidth=0.4,
        )
        for style in styles
    ]  # fmt: skip
    names = [style.name for style in styles]
    columns = max(1, int(width / (0.5 + 0.075 * max(map(len, names)))))
    legend = figure.legend(handles, names, loc="outside lower left", ncols=min(len(names), columns))
    for text in legend.get_texts():
        text.set_parse_math(False)
