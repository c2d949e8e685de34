"""Rows of numbers in a CSV file."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.protocols import Dataset
from rcmvae_plugins.data.assembly import divide, encode
from rcmvae_plugins.data.faults import absent, reason, unreadable
from rcmvae_plugins.data.params import TableParams


def table(params: TableParams) -> Dataset:
    """Load numeric columns, scaled to [0, 1] by the rows that are not for the test.

    A feature v becomes (v - min) / (max - min), with the column's least and greatest value among these rows,
    validation rows included. A test value outside that range is clipped to it; a constant column becomes 0.

    Args:
        params: the file, its column of labels, and columns to ignore.

    Returns:
        Rows of float32; test rows come last where a file has them. An empty label is unknown.

    Raises:
        RcmvaeError: E305 if there is no such file; E306, with the lines, if it cannot be read or a feature is
            missing or no finite number.
    """
    path = Path(params.path).expanduser()
    rows = _read(path, params, None)
    values, words, test = rows.values, rows.words, 0
    if params.test_path is not None:
        tests = _read(Path(params.test_path).expanduser(), params, rows.columns)
        values, words, test = np.concatenate([values, tests.values]), words + tests.words, len(tests.values)
    labels, names = encode(words)
    train, judging = divide(labels, test, params.test_fraction, params.test_seed)
    return Dataset(_scaled(values, train), labels, train, judging, names, 1.0)


class _Rows(NamedTuple):
    columns: tuple[str, ...]
    values: Float[np.ndarray, "N F"]
    words: list[str]


def _read(path: Path, params: TableParams, like: tuple[str, ...] | None) -> _Rows:
    """The features and labels of a file; with `like`, of the columns that another one has."""
    lines = _lines(path)
    header = lines[0][1] if lines else []
    named = (*params.ignore, *([] if params.label is None else [params.label]))
    columns = tuple(name for name in header if name not in named) if like is None else like
    faults = [f"has column `{name}` twice" for name in dict.fromkeys(header) if header.count(name) > 1]
    faults += [f"has no column `{name}`" for name in (*named, *(like or ())) if name not in header]
    if not columns or len(lines) == 1:
        faults.append("has no features" if not columns else "has no rows")
    if faults:
        remedy = "its columns: " + (", ".join(f"`{name}`" for name in header) or "none")
        raise unreadable(path, *faults, remedies=[remedy])
    places = [header.index(name) for name in columns]
    values, words = np.zeros((len(lines) - 1, len(columns))), []
    for row, (number, cells) in enumerate(lines[1:]):
        if len(cells) != len(header):
            faults.append(f"line {number} has {len(cells)} cells, not {len(header)}")
            continue
        for column, place in enumerate(places):
            values[row, column], fault = _number(cells[place])
            faults += [f"line {number}, column `{header[place]}`, {fault}"] if fault else []
        words.append("" if params.label is None else cells[header.index(params.label)].strip())
    if faults:
        raise unreadable(path, *faults, remedies=["mend these lines, or name columns to `ignore`"])
    return _Rows(columns, values, words)


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """The rows that are not empty, each with the line it ends on."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            lines = [(reader.line_num, cells) for cells in reader if cells]
    except FileNotFoundError:
        message = f"data `table`: there is no file `{path}`"
        raise absent(message, "it is relative to the working folder") from None
    except (OSError, UnicodeError, csv.Error) as error:
        raise unreadable(path, f"cannot be read: {reason(error)}") from None
    return [(number, [cell.strip() for cell in cells] if at == 0 else cells)
            for at, (number, cells) in enumerate(lines)]  # fmt: skip


def _number(cell: str) -> tuple[float, str]:
    """The value of a cell, or what is wrong with it."""
    try:
        value = float(cell) if cell.strip() else math.nan
    except ValueError:
        return 0.0, f"is `{cell}`, no number"
    if math.isnan(value):
        return 0.0, "has no value"
    return (value, "") if math.isfinite(value) else (0.0, "is not finite")


def _scaled(values: Float[np.ndarray, "N F"], train: Int[np.ndarray, " T"]) -> Float[np.ndarray, "N F"]:
    halves = values / 2  # the difference of two doubles may not be one
    low, high = halves[train].min(axis=0), halves[train].max(axis=0)
    extent = np.where(high > low, high - low, 1)
    scaled = np.clip((np.clip(halves, low, high) - low) / extent, 0, 1)
    return scaled.astype(np.float32)
