"""Terms of the objective and metrics, by epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from rcmvae_core.diagnostics import ReportData
from rcmvae_plugins.figures._style import (
    BLUE,
    ORANGE,
    WIDTH,
    blank,
    canvas,
    grid,
    light,
    percents,
    styled,
)
from rcmvae_plugins.figures.params import LossCurvesParams

_COLOURS = {"train": BLUE, "validation": ORANGE}
Row = Mapping[str, float]


@styled
def loss_curves(params: LossCurvesParams, data: ReportData) -> Figure:
    """A panel for each term: seeds thin, their mean thick; training and validation share a panel."""
    rows = [row for row in data.history if row["epoch"] >= _first(data.history) + params.skip_epochs]
    terms = _terms(rows)
    if not terms:
        return blank("No history was recorded.")
    seeds = len({row["seed"] for row in rows})
    columns = min(params.columns, len(terms))
    height = 0.5 + 1.75 * math.ceil(len(terms) / columns)
    figure = canvas(WIDTH, height, f"{len(terms)} curves of {seeds} seed{'s' if seeds > 1 else ''}")
    panels = grid(figure, len(terms), columns, ("epoch", ""), share=False)
    for axes, term in zip(panels, terms, strict=True):
        _panel(axes, term, rows)
    drawn = [split for split in _COLOURS if any(key.startswith(f"{split}/") for row in rows for key in row)]
    handles = [Line2D([], [], color=_COLOURS[split], label=split) for split in drawn]
    figure.legend(handles=handles, loc="outside upper right", ncols=len(drawn))
    return figure


def _first(history: Sequence[Row]) -> float:
    return min((row["epoch"] for row in history), default=0)


def _terms(rows: Sequence[Row]) -> list[str]:
    """Names after the slash: the total first, then training's in their order, then validation's own."""
    keys = dict.fromkeys(key for row in rows for key in row)
    found = [key.partition("/")[2] for split in _COLOURS for key in keys if key.startswith(f"{split}/")]
    return sorted(dict.fromkeys(found), key=lambda term: term != "total")


def _panel(axes: Axes, term: str, rows: Sequence[Row]) -> None:
    light(axes).set_title(term, loc="left")
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    if term == "accuracy":
        percents(axes.yaxis, 4)
    for split, colour in _COLOURS.items():
        epochs, values = series(rows, f"{split}/{term}")
        if not len(epochs):
            continue
        marker = "o" if len(epochs) == 1 else None
        if len(values) > 1:
            axes.plot(epochs, values.T, color=colour, linewidth=0.7, alpha=0.45, marker=marker, markersize=3)
        # The mean of the seeds that are left would jump wherever one stops, so it stops with the first.
        axes.plot(epochs, values.mean(axis=0), color=colour, linewidth=1.8, marker=marker, markersize=4)


def series(rows: Sequence[Row], key: str) -> tuple[Float[np.ndarray, " E"], Float[np.ndarray, "S E"]]:
    """Epochs, and the values of each seed at them; NaN where a seed has none."""
    cells: dict[tuple[float, float], list[float]] = {}
    for row in rows:
        if key in row:
            cells.setdefault((row["seed"], row["epoch"]), []).append(row[key])
    seeds, epochs = (sorted({cell[i] for cell in cells}) for i in (0, 1))
    values = np.full((len(seeds), len(epochs)), np.nan)
    for (seed, epoch), found in cells.items():
        value = float(np.mean(found)) if np.isfinite(found).all() else np.nan
        values[seeds.index(seed), epochs.index(epoch)] = value
    return np.array(epochs, dtype=float), values
