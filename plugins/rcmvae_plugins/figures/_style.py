"""How the family looks: colours that a colour-blind reader can tell apart, on light and dark paper."""

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
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from rcmvae_core.diagnostics import ReportData
from rcmvae_core.report.drawing import INK, MUTED, PAPER, RULE, inked

__all__ = ["BAD", "BLUE", "HEAT", "INK", "MARKERS", "MUTED", "ORANGE", "PALETTE", "PAPER", "RULE", "WIDTH"]

WIDTH = 9.6
"""Inches across a full page; at 96 CSS pixels an inch it fills the report's column."""

BLUE = "#2a6fdb"
ORANGE = "#d9730d"
BAD = "#e8590c"
"""Where a value is not a number: loud on purpose."""

# Petroff, arXiv:2107.02270, sequence of ten: chosen by measured distance under colour-vision deficiency.
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
    "#92dadd",
)
MARKERS = "osD^vPXp*h"

P = TypeVar("P")


def _heat() -> Colormap:
    # Transparent to opaque, so that the low end is the paper's colour, light or dark.
    blue = to_rgb(BLUE)
    return LinearSegmentedColormap.from_list("heat", [(*blue, 0.03), (*blue, 1.0)]).with_extremes(bad=BAD)


HEAT = _heat()

_STRONG = 0.85
"""White reads on blues above this share only; the ink turns with the paper and reads on all else."""

_LETTER = 0.088
"""Inches of a figure title's letter, on average."""

_LINE = 0.15
"""Inches between the baselines of tick labels that do not touch."""


def styled(build: Callable[[P, ReportData], Figure]) -> Callable[[P, ReportData], Figure]:
    """Build a figure in the family's style; names of classes are never read as mathematics."""

    @functools.wraps(build)
    def styled_build(params: P, data: ReportData) -> Figure:
        with inked(), mpl.rc_context({"text.parse_math": False}):
            return build(params, data)

    return styled_build


def canvas(width: float, height: float, finding: str) -> Figure:
    """An empty figure whose title says what it found; `width` and `height` in inches."""
    # A title wider than its figure would be cut.
    figure = Figure(figsize=(max(width, _LETTER * len(finding)), height), layout="constrained")
    figure.suptitle(finding, x=0.0, ha="left", fontsize=10, color=INK)
    return figure


def blank(message: str) -> Figure:
    """A figure that says why there is nothing to see."""
    return canvas(WIDTH, 0.5, message)


def bare(axes: Axes) -> Axes:
    """Take the frame and the tick marks away, for pictures."""
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    return axes


def light(axes: Axes) -> Axes:
    """Leave the two axes and a faint grid, for curves and points."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    return axes


def grid(figure: Figure, panels: int, columns: int, labels: tuple[str, str], *, share: bool) -> list[Axes]:
    """Axes for small multiples, labelled at the left and the bottom only.

    Args:
        figure: where to put them.
        panels: how many; cells of the last row that are left over stay empty.
        columns: of panels.
        labels: of the x and the y axes.
        share: whether all have the same scale.
    """
    columns = min(columns, panels)
    rows = math.ceil(panels / columns)
    axes: list[Axes] = (
        figure.subplots(rows, columns, squeeze=False, sharex=share, sharey=share).ravel().tolist()
    )
    for spare in axes[panels:]:
        spare.remove()
    for position, panel in enumerate(axes[:panels]):
        if position % columns == 0:
            panel.set_ylabel(labels[1])
        if position >= panels - columns:
            panel.set_xlabel(labels[0])
            panel.tick_params(labelbottom=True)
    return axes[:panels]


def percents(axis: Axis, most: int) -> None:
    """Write an axis of shares as percent, at `most` places or fewer."""
    axis.set_major_locator(MaxNLocator(most))
    axis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))


def turned(names: Sequence[str], inches: float) -> bool:
    """Whether names below cells of a row this long have to be turned by 90 degrees."""
    return max(map(len, names)) * _LETTER > inches / len(names)


def ticks(axis: Axis, labels: Sequence[str], inches: float, *, upright: bool = False) -> None:
    """Name the places 0, 1, ...; only every few of them where the names would touch.

    Args:
        axis: of the names.
        labels: a name for each place.
        inches: the axis' length.
        upright: whether names are turned by 90 degrees.
    """
    every = max(1, math.ceil(len(labels) * _LINE / max(inches, _LINE)))
    places = range(0, len(labels), every)
    rotation = 90 if upright else 0
    axis.set_ticks(list(places), [labels[i] for i in places], parse_math=False, rotation=rotation)


def heat(axes: Axes, values: Float[np.ndarray, "R C"], texts: Sequence[Sequence[str]] | None) -> None:
    """A map of shares in [0, 1], with a text in each cell where texts are given."""
    axes.imshow(np.ma.masked_invalid(values), HEAT, vmin=0, vmax=1, aspect="auto", interpolation="none")
    bare(axes).spines[:].set(visible=True, linewidth=0.6)
    if texts is None:
        return
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            colour = "white" if value > _STRONG else INK
            axes.text(column, row, texts[row][column], ha="center", va="center", fontsize=8, color=colour)
