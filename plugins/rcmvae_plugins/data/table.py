"""Loads numeric features of a CSV file."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.plugin.protocols import Dataset
from rcmvae_plugins.data._assembly import encode, train_test_indices
from rcmvae_plugins.data._errors import not_found, reason, unreadable
from rcmvae_plugins.data.params import TableParams


def table(params: TableParams) -> Dataset:
    """Load numeric columns, scaled to [0, 1] by the rows that are not test rows.

    A feature v becomes (v - min) / (max - min), where min and max are those of the column over these rows, including
    validation rows. Test values outside this range are clipped to it; a constant column becomes 0.

    Args:
        params: the file, its column of labels, and columns to ignore.

    Returns:
        Rows of float32; rows of a test file come last. An empty label is unknown.

    Raises:
        RcmvaeError: E305 if the file does not exist; E306, with the lines, if it cannot be read or a feature is
            missing or not a finite number.
    """
    path = Path(params.path).expanduser()
    rows = _read(path, params, None)
    values, classes, test_rows = rows.values, rows.labels, 0
    if params.test_path is not None:
        added = _read(Path(params.test_path).expanduser(), params, rows.columns)
        values = np.concatenate([values, added.values])
        classes, test_rows = classes + added.labels, len(added.values)
    labels, names = encode(classes)
    train, test = train_test_indices(labels, test_rows, params.test_fraction, params.test_seed)
    return Dataset(_scaled(values, train), labels, train, test, names, 1.0)


class _Rows(NamedTuple):
    columns: tuple[str, ...]
    values: Float[np.ndarray, "N F"]
    labels: list[str]


def _read(path: Path, params: TableParams, columns: tuple[str, ...] | None) -> _Rows:
    """Read the features and labels of a file.

    Args:
        path: the file.
        params: its column of labels, and columns to ignore.
        columns: the columns of features; None takes all others.

    Returns:
        The columns of features, [N, F] values in float64, and N labels.

    Raises:
        RcmvaeError: E306 for its header, or for all lines that cannot be read.
    """
    header, lines = _read_lines(path)
    other_columns = (*params.ignore, *([] if params.label is None else [params.label]))
    features = tuple(name for name in header if name not in other_columns) if columns is None else columns
    problems = [f"has column `{name}` twice" for name in dict.fromkeys(header) if header.count(name) > 1]
    problems += [
        f"has no column `{name}`" for name in (*other_columns, *(columns or ())) if name not in header
    ]
    if not features or not lines:
        problems.append("has no features" if not features else "has no rows")
    if problems:
        remedy = "its columns: " + (", ".join(f"`{name}`" for name in header) or "none")
        raise unreadable(path, *problems, remedies=[remedy])
    positions = [header.index(name) for name in features]
    values, labels = np.zeros((len(lines), len(features))), list[str]()
    for row, (number, cells) in enumerate(lines):
        if len(cells) != len(header):
            problems.append(f"line {number} has {len(cells)} cells, expected {len(header)}")
            continue
        for column, position in enumerate(positions):
            values[row, column], problem = _parse_number(cells[position])
            problems += [f"line {number}, column `{header[position]}`, {problem}"] if problem else []
        labels.append("" if params.label is None else cells[header.index(params.label)].strip())
    if problems:
        raise unreadable(path, *problems, remedies=["fix these lines, or name columns to `ignore`"])
    return _Rows(features, values, labels)


def _read_lines(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the names of the columns, and the other rows that are not empty, each with the line on which it ends."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            lines = [(reader.line_num, cells) for cells in reader if cells]
    except FileNotFoundError:
        message = f"data `table`: file `{path}` does not exist"
        raise not_found(message, "the path is relative to the working directory") from None
    except (OSError, UnicodeError, csv.Error) as error:
        raise unreadable(path, f"cannot be read: {reason(error)}") from None
    header = [cell.strip() for cell in lines[0][1]] if lines else []
    return header, lines[1:]


def _parse_number(cell: str) -> tuple[float, str]:
    """Return the value of a cell and an empty string, or 0 and the problem."""
    try:
        value = float(cell) if cell.strip() else math.nan
    except ValueError:
        return 0.0, f"is not a number: `{cell}`"
    if math.isnan(value):
        return 0.0, "has no value"
    return (value, "") if math.isfinite(value) else (0.0, "is not finite")


def _scaled(values: Float[np.ndarray, "N F"], train: Int[np.ndarray, " T"]) -> Float[np.ndarray, "N F"]:
    halves = values / 2  # the difference of two large doubles overflows, that of their halves does not
    low, high = halves[train].min(axis=0), halves[train].max(axis=0)
    extent = np.where(high > low, high - low, 1)
    scaled = np.clip((np.clip(halves, low, high) - low) / extent, 0, 1)
    return scaled.astype(np.float32)
