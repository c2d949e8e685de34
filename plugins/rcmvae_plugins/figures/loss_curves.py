"""Draws loss terms and metrics by epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._arrays import shorten
from rcmvae_plugins.figures._history import Row, names_after, series
from rcmvae_plugins.figures._style import (
    BLUE,
    ORANGE,
    WIDTH,
    format_percent,
    panel_grid,
    styled,
    titled_figure,
    with_grid,
)
from rcmvae_plugins.figures.params import LossCurvesParams

_COLORS = {"train": BLUE, "validation": ORANGE}


@styled
def loss_curves(params: LossCurvesParams, data: ReportData) -> Plot | NotApplicable:
    """Draw a panel per term with training and validation: a thin line per seed, and a thick line for their mean.

    Args:
        params: the columns and panels, and the epochs to skip.
        data: the history.
    """
    first = min((row["epoch"] for row in data.history), default=0)
    rows = [row for row in data.history if row["epoch"] >= first + params.skip_epochs]
    every = _terms(rows)
    if not every:
        return NotApplicable("no history was recorded")
    terms = every[: params.panels]
    seeds = len({row["seed"] for row in rows})
    columns = min(params.columns, len(terms))
    shown = f"{len(terms)} of {len(every)}" if len(terms) < len(every) else f"{len(every)}"
    height = 0.5 + 1.75 * math.ceil(len(terms) / columns)
    figure = titled_figure(WIDTH, height, f"{shown} curves of {seeds} seed{'s' if seeds > 1 else ''}")
    panels = panel_grid(figure, len(terms), columns, ("epoch", ""), share=False)
    for axes, term in zip(panels, terms, strict=True):
        _draw_panel(axes, term, rows)
    splits = [split for split in _COLORS if any(key.startswith(f"{split}/") for row in rows for key in row)]
    handles = [Line2D([], [], color=_COLORS[split], label=split) for split in splits]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(splits))
    return Plot(figure, _table(rows))


def _terms(rows: Sequence[Row]) -> list[str]:
    """Return the names after the slash: the total first, then those of training, then others of validation."""
    names = [name for split in _COLORS for name in names_after(rows, f"{split}/")]
    return sorted(dict.fromkeys(names), key=lambda term: term != "total")


def _draw_panel(axes: Axes, term: str, rows: Sequence[Row]) -> None:
    """Draw the curves of a term.

    Args:
        axes: the axes to draw in.
        term: the name after the slash.
        rows: of the history.
    """
    with_grid(axes).set_title(shorten(term, 32), loc="left")
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    if term.endswith("accuracy"):
        format_percent(axes.yaxis, 4)
    for split, color in _COLORS.items():
        epochs, values = series(rows, f"{split}/{term}")
        if not len(epochs):
            continue
        marker = "o" if len(epochs) == 1 else None
        if len(values) > 1:
            axes.plot(epochs, values.T, color=color, linewidth=0.7, alpha=0.45, marker=marker, markersize=3)
        # A plain mean, which is NaN from the end of the shortest seed on: a mean of the remaining seeds would jump.
        axes.plot(epochs, values.mean(axis=0), color=color, linewidth=1.8, marker=marker, markersize=4)


def _table(rows: Sequence[Row]) -> dict[str, list[object]]:
    """Return a row for each seed, epoch, split and term."""
    cells = [
        (row["seed"], row["epoch"], *key.split("/", 1), value)
        for row in rows
        for key, value in row.items()
        if key.startswith(tuple(f"{split}/" for split in _COLORS))
    ]
    return dict(
        zip(("seed", "epoch", "split", "term", "value"), map(list, zip(*cells, strict=True)), strict=True)
    )
