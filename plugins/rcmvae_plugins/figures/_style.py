"""Styles the figures of this family: colours that colour-blind readers can distinguish, for light and dark pages."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import TypeVar

import matplotlib as mpl
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from rcmvae_core.plugin.protocols import ReportData
from rcmvae_core.report.drawing import INK, MUTED, PAPER, RULE, report_style

__all__ = ["BAD", "BLUE", "HEAT", "INK", "MARKERS", "MUTED", "ORANGE", "PALETTE", "PAPER", "RULE", "WIDTH"]

WIDTH = 9.6
"""Width of a full page in inches; at 96 CSS pixels per inch it fills the column of the report."""

BLUE = "#2a6fdb"
ORANGE = "#d9730d"
BAD = "#e8590c"
"""The colour of values that are not a number, which should attract attention."""

# Petroff, arXiv:2107.02270, sequence of ten: chosen by distance under colour-vision deficiency. His tenth colour, a pale
# cyan, is hardly visible on white paper with protanopia; this one keeps its distance from the others and from the paper.
PALETTE = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#106595",
)
MARKERS = "osD^vPXp*h"

P = TypeVar("P")
R = TypeVar("R")


def _heat_map() -> Colormap:
    # Transparent to opaque, so that the low end has the colour of the page, light or dark.
    blue = to_rgb(BLUE)
    return LinearSegmentedColormap.from_list("heat", [(*blue, 0.03), (*blue, 1.0)]).with_extremes(bad=BAD)


HEAT = _heat_map()

_WHITE_TEXT_ABOVE = 0.85
"""The value above which text is white; on lighter blues the ink is readable on light and dark pages."""

_CHARACTER = 0.088
"""Mean width of a character in a figure's title, in inches."""

_LINE = 0.15
"""Least distance between the baselines of tick labels, in inches."""


def styled(build: Callable[[P, ReportData], R]) -> Callable[[P, ReportData], R]:
    """Decorate a builder so that its figure has the style of this family, and class names are not parsed as formulas."""

    @functools.wraps(build)
    def styled_build(params: P, data: ReportData) -> R:
        with report_style(), mpl.rc_context({"text.parse_math": False}):
            return build(params, data)

    return styled_build


def titled_figure(width: float, height: float, title: str) -> Figure:
    """Create an empty figure.

    Args:
        width: in inches; more if the title needs it.
        height: in inches.
        title: the main result that the figure shows.
    """
    # A title that is wider than its figure would be cut.
    figure = Figure(figsize=(max(width, _CHARACTER * len(title)), height), layout="constrained")
    figure.suptitle(title, x=0.0, ha="left", fontsize=10, color=INK)
    return figure


def without_frame(axes: Axes) -> Axes:
    """Remove the frame and the tick marks, for images."""
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return axes


def with_grid(axes: Axes) -> Axes:
    """Keep the left and bottom axes and a faint grid, for curves and points."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    return axes


def panel_grid(
    figure: Figure, panels: int, columns: int, labels: tuple[str, str], *, share: bool
) -> list[Axes]:
    """Create the axes of small multiples, which are labelled at the left and the bottom only.

    Args:
        figure: the figure that contains them.
        panels: the number of panels; the rest of the last row stays empty.
        columns: the number of columns.
        labels: the labels of the x and the y axes.
        share: whether all panels have the same scale.

    Returns:
        One axes per panel, row by row.
    """
    columns = min(columns, panels)
    rows = math.ceil(panels / columns)
    axes: list[Axes] = (
        figure.subplots(rows, columns, squeeze=False, sharex=share, sharey=share).ravel().tolist()
    )
    for unused in axes[panels:]:
        unused.remove()
    for position, panel in enumerate(axes[:panels]):
        if position % columns == 0:
            panel.set_ylabel(labels[1])
        if position >= panels - columns:
            panel.set_xlabel(labels[0])
            panel.tick_params(labelbottom=True)
    return axes[:panels]


def format_percent(axis: Axis, intervals: int) -> None:
    """Label an axis of fractions in percent, with at most this number of intervals."""
    axis.set_major_locator(MaxNLocator(intervals))
    axis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))


def needs_rotation(names: Sequence[str], inches: float) -> bool:
    """Return whether names below the cells of a row of this length must be rotated by 90 degrees."""
    return max(map(len, names)) * _CHARACTER > inches / len(names)


def name_ticks(axis: Axis, labels: Sequence[str], inches: float, *, rotated: bool = False) -> None:
    """Label the positions 0, 1, ...; only some of them if neighbouring labels would overlap.

    Args:
        axis: the axis to label.
        labels: the name of each position.
        inches: the length of the axis.
        rotated: whether names are rotated by 90 degrees.
    """
    every = max(1, math.ceil(len(labels) * _LINE / max(inches, _LINE)))
    positions = range(0, len(labels), every)
    rotation = 90 if rotated else 0
    axis.set_ticks(list(positions), [labels[i] for i in positions], parse_math=False, rotation=rotation)


def heat_scale(figure: Figure, axes: Axes, largest: float, label: str) -> None:
    """Draw the scale of a map beside it.

    Args:
        figure: the figure.
        axes: the axes with the map.
        largest: the value of the strongest colour; that of the weakest is 0.
        label: what the values are.
    """
    scale = figure.colorbar(ScalarMappable(Normalize(0, largest), HEAT), ax=axes, shrink=0.8, aspect=24)
    scale.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    scale.set_label(label, color=MUTED)
    scale.ax.yaxis.set_major_locator(MaxNLocator(4))


def heatmap(axes: Axes, values: Float[np.ndarray, "R C"], texts: Sequence[Sequence[str]] | None) -> None:
    """Draw a map of fractions.

    Args:
        axes: the axes to draw in.
        values: in [0, 1].
        texts: the text of each cell; None draws no texts.
    """
    axes.imshow(np.ma.masked_invalid(values), HEAT, vmin=0, vmax=1, aspect="auto", interpolation="none")
    without_frame(axes).spines[:].set(visible=True, linewidth=0.6)
    if texts is None:
        return
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            color = "white" if value > _WHITE_TEXT_ABOVE else INK
            axes.text(column, row, texts[row][column], ha="center", va="center", fontsize=8, color=color)
