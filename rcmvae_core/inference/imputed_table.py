"""Writes inputs with their missing values replaced as a CSV file, with how uncertain each replaced value is."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from rcmvae_core.data.columns import Column, Columns
from rcmvae_core.inference.imputation import Imputed
from rcmvae_core.runtime.csv_cells import writer_of


class ImputedTable:
    """A CSV file that is written batch by batch.

    Args:
        path: the file.
        columns: how the columns of a table are encoded; None for other inputs.
        spreadsheet: whether to guard cells that a spreadsheet would run.
    """

    def __init__(self, path: Path, columns: Columns | None, *, spreadsheet: bool) -> None:
        self._columns = columns
        self._guard = writer_of(spreadsheet=spreadsheet)
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._has_header = False

    def add(self, indices: np.ndarray, items: list[str], imputed: Imputed) -> None:
        """Write some rows.

        Args:
            indices: the position of each in its data.
            items: the item id of each.
            imputed: the rows.
        """
        cells = {"index": [str(index) for index in indices.tolist()], "item": items}
        cells |= _array_cells(imputed) if self._columns is None else table_cells(self._columns, imputed)
        if not self._has_header:
            self._writer.writerow([self._guard(name) for name in cells])
            self._has_header = True
        guarded = [[self._guard(cell) for cell in column] for column in cells.values()]
        self._writer.writerows(zip(*guarded, strict=True))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def table_cells(columns: Columns, imputed: Imputed) -> dict[str, list[str]]:
    """Return the cells of a table, by the name of the column.

    Beside a number or a date is its standard deviation, `NAME sd`; beside a category the probability of its value,
    `NAME probability`. Both are empty for an observed cell.

    Args:
        columns: how they are encoded.
        imputed: the rows, whose features are those of the columns.
    """
    decoded = columns.decode(imputed.values)
    cells: dict[str, list[str]] = {}
    start = 0
    for column in columns.columns:
        stop = start + len(column.features)
        block = slice(start, stop)
        gaps = np.asarray(imputed.missing[:, block].any(axis=1)).tolist()
        cells[column.name] = decoded[column.name]
        is_category = column.type == "category"
        spread = _probability(column, imputed.values[:, block]) if is_category else imputed.sd[:, start]
        name = f"{column.name} {'probability' if is_category else 'sd'}"
        cells[name] = [_shown(value) if gap else "" for value, gap in zip(spread.tolist(), gaps, strict=True)]
        start = stop
    return cells


def _probability(column: Column, block: np.ndarray) -> np.ndarray:
    """Return the probability of the most probable value of a category; of two values one has a feature."""
    if len(column.features) == 1 and len(column.values) > 1:
        return np.maximum(block[:, 0], 1 - block[:, 0])
    return block.max(axis=1)


def _array_cells(imputed: Imputed) -> dict[str, list[str]]:
    cells: dict[str, list[str]] = {}
    for number in range(imputed.values.shape[1]):
        cells[f"x_{number}"] = [_shown(value) for value in imputed.values[:, number].tolist()]
        pairs = zip(imputed.sd[:, number].tolist(), imputed.missing[:, number].tolist(), strict=True)
        cells[f"x_{number} sd"] = [_shown(sd) if gap else "" for sd, gap in pairs]
    return cells


def _shown(value: float) -> str:
    return f"{value:.6g}"
