"""Writes the measured cells as a table in Markdown, with the mean rank of each method."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata

from tests.benchmarks.tables.cells import Cell
from tests.benchmarks.tables.methods import OURS, PEERS, PEERS_TUNED


def markdown(cells: Sequence[Cell]) -> str:
    """Return a row for each table with the mean accuracies over draws, and the mean ranks against both groups of peers.

    Ranks are of the mean accuracies, 1 is best, and equal ones share the mean of their ranks.

    Args:
        cells: measured.

    Returns:
        The table, without an end of line.
    """
    measured = {cell.method for cell in cells}
    methods = [method for method in (OURS, *PEERS, *PEERS_TUNED) if method in measured]
    names = list(dict.fromkeys(cell.table for cell in cells))
    means = np.array([[_mean(cells, name, method) for method in methods] for name in names])
    rows: list[Sequence[str]] = [("table", *methods), ("---",) * (1 + len(methods))]
    rows += [(name, *(f"{value:.3f}" for value in row)) for name, row in zip(names, means, strict=True)]
    for title, group in (("mean rank, defaults", tuple(PEERS)), ("mean rank, tuned", PEERS_TUNED)):
        chosen = [methods.index(method) for method in (OURS, *group) if method in measured]
        ranks = dict(zip(chosen, mean_ranks(means[:, chosen]), strict=True))
        rows.append((title, *(f"{ranks[i]:.2f}" if i in ranks else "" for i in range(len(methods)))))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def mean_ranks(accuracies: Float[np.ndarray, "T M"]) -> Float[np.ndarray, " M"]:
    """Return the mean over tables of the rank of each method, 1 for the best."""
    return np.mean([rankdata(-row.round(6)) for row in accuracies], axis=0)


def _mean(cells: Sequence[Cell], table: str, method: str) -> float:
    return float(np.mean([cell.value for cell in cells if (cell.table, cell.method) == (table, method)]))
