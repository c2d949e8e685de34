"""Writes the measured cells as a table in Markdown."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tests.benchmarks.own_data.cells import Cell
from tests.benchmarks.own_data.data_sets import DATA_SETS
from tests.benchmarks.own_data.methods import OURS, PEERS

_HEADS = ("data", "labels", "metric", "ours", "spread", "lowest", "best peer", "", *PEERS)


def markdown(cells: Iterable[Cell]) -> str:
    """Return a row for each data set.

    `ours` is the mean over draws and seeds, `spread` the standard deviation over the seeds of a draw, averaged over
    draws, and `best peer` the peer with the highest mean.

    Args:
        cells: measured.

    Returns:
        The table, without an end of line.
    """
    measured = list(cells)
    by_name = {name: [cell for cell in measured if cell.data == name] for name in DATA_SETS}
    rows = [_HEADS, ("---",) * len(_HEADS), *(_row(name, found) for name, found in by_name.items() if found)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _row(name: str, cells: list[Cell]) -> tuple[str, ...]:
    data_set = DATA_SETS[name]
    ours = [cell for cell in cells if cell.method == OURS]
    values = [cell.value for cell in ours]
    draws = [[cell.value for cell in ours if cell.draw == draw] for draw in {cell.draw for cell in ours}]
    spread = np.mean([np.std(draw) for draw in draws])
    means = {peer: _mean([cell.value for cell in cells if cell.method == peer]) for peer in PEERS}
    best = max(means, key=lambda peer: np.nan_to_num(means[peer]))
    shown = f"{name} ({data_set.origin})"
    return (
        *(shown, data_set.budget, data_set.metric, f"**{_mean(values):.3f}**", f"{spread:.3f}"),
        *(f"{min(values):.3f}" if values else "", f"{means[best]:.3f}", best),
        *(f"{mean:.3f}" for mean in means.values()),
    )


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
