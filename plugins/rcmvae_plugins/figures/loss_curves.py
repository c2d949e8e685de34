"""Draws loss terms and metrics by epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from rcmvae_core.plugin.protocols import ReportData
from rcmvae_plugins.figures._style import (
    BLUE,
    ORANGE,
    WIDTH,
    format_percent,
    message_figure,
    panel_grid,
    styled,
    titled_figure,
    with_grid,
)
from rcmvae_plugins.figures.params import LossCurvesParams

_COLORS = {"train": BLUE, "validation": ORANGE}
Row = Mapping[str, float]


@styled
def loss_curves(params: LossCurvesParams, data: ReportData) -> Figure:
    """Draw a panel per term with training and validation: a thin line per seed, and a thick line for their mean.

    Args:
        params: the columns, and the epochs to skip.
        data: the history.
    """
    first = min((row["epoch"] for row in data.history), default=0)
    rows = [row for row in data.history if row["epoch"] >= first + params.skip_epochs]
    terms = _terms(rows)
    if not terms:
        return message_figure("No history was recorded.")
    seeds = len({row["seed"] for row in rows})
    columns = min(params.columns, len(terms))
    height = 0.5 + 1.75 * math.ceil(len(terms) / columns)
    figure = titled_figure(WIDTH, height, f"{len(terms)} curves of {seeds} seed{'s' if seeds > 1 else ''}")
    panels = panel_grid(figure, len(terms), columns, ("epoch", ""), share=False)
    for axes, term in zip(panels, terms, strict=True):
        _draw_panel(axes, term, rows)
    splits = [split for split in _COLORS if any(key.startswith(f"{split}/") for row in rows for key in row)]
    handles = [Line2D([], [], color=_COLORS[split], label=split) for split in splits]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(splits))
    return figure


def _terms(rows: Sequence[Row]) -> list[str]:
    """Return the names after the slash: the total first, then those of training, then others of validation."""
    keys = dict.fromkeys(key for row in rows for key in row)
    names = [key.partition("/")[2] for split in _COLORS for key in keys if key.startswith(f"{split}/")]
    return sorted(dict.fromkeys(names), key=lambda term: term != "total")


def _draw_panel(axes: Axes, term: str, rows: Sequence[Row]) -> None:
    """Draw the curves of a term.

    Args:
        axes: the axes to draw in.
        term: the name after the slash.
        rows: of the history.
    """
    with_grid(axes).set_title(term, loc="left")
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    if term == "accuracy":
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


def series(rows: Sequence[Row], key: str) -> tuple[Float[np.ndarray, " E"], Float[np.ndarray, "S E"]]:
    """Return the epochs with a value, and the value of each seed at each of them; NaN if it has none."""
    cells: dict[tuple[float, float], list[float]] = {}
    for row in rows:
        if key in row:
            cells.setdefault((row["seed"], row["epoch"]), []).append(row[key])
    seeds, epochs = (sorted({cell[i] for cell in cells}) for i in (0, 1))
    values = np.full((len(seeds), len(epochs)), np.nan)
    for (seed, epoch), cell_values in cells.items():
        value = float(np.mean(cell_values)) if np.isfinite(cell_values).all() else np.nan
        values[seeds.index(seed), epochs.index(epoch)] = value
    return np.array(epochs, dtype=float), values
