"""Loads the rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from jaxtyping import Float

from rcmvae_core.data.cells import as_numbers, is_missing, label_text
from rcmvae_core.plugin.protocols import Dataset, Table
from rcmvae_core.runtime.user_files import expanded
from rcmvae_plugins.data._assembly import encode, train_test_indices
from rcmvae_plugins.data._errors import listed, unreadable
from rcmvae_plugins.data._table_files import read_table
from rcmvae_plugins.data.params import TableParams


def table(params: TableParams) -> Dataset:
    """Load the columns of a file; the core encodes and scales them by what the training rows show.

    A column of numbers of any kind is one feature; a column of up to 50 texts has a feature for each text; a column of ISO dates
    counts days. Missing cells (empty, `NA`, `NaN`, `null`, `None`, `?`) of numbers become the median, and one more
    feature says so. Columns that are constant, that count the rows, or that have more texts are not used.

    Args:
        params: the file, its column of labels, and the types of columns.

    Returns:
        The table; rows of a test file come last.

    Raises:
        RcmvaeError: E305 if a file does not exist; E306 if it cannot be read or lacks a column.
    """
    path = expanded(params.path)
    tables = [read_table(path, params.separator, header=params.header)]
    if params.test_path is not None:
        test_path = expanded(params.test_path)
        tables.append(read_table(test_path, params.separator, header=params.header))
    names = _features(path, tables[0], params)
    labels, class_names = encode([label for each in tables for label in _labels(each, params)])
    rows = _joined(tables, names)
    types = {name: type_ for type_, columns in params.stated_types.items() for name in columns}
    test_rows = tables[1].shape[0] if len(tables) > 1 else 0
    train, test = train_test_indices(labels, test_rows, params.test_fraction, params.test_seed)
    dataset = Dataset(rows._replace(types=types), labels, train, test, class_names, 1.0)
    weights = None if params.sample_weight is None else _weights(tables, params.sample_weight)
    return dataset._replace(sample_weights=weights)


def _features(path: Path, first: Table, params: TableParams) -> list[str]:
    """Return the columns of features.

    Raises:
        RcmvaeError: E306 if a column that a parameter names does not exist, or no column is left.
    """
    others = [name for name in (params.label, params.sample_weight) if name is not None]
    named = (*params.ignore, *others, *chain.from_iterable(params.stated_types.values()))
    missing = [name for name in dict.fromkeys(named) if name not in first.columns]
    names = [name for name in first.columns if name not in (*params.ignore, *others)]
    problems = [f"has no column `{name}`" for name in missing] + ([] if names else ["has no features"])
    if problems:
        remedy = f"its columns: {listed([*first.columns])}"
        raise unreadable(path, *problems, remedies=[remedy])
    return names


def _labels(rows: Table, params: TableParams) -> list[str]:
    """Return the label of each row as text, empty where it is unknown."""
    if params.label is None:
        return [""] * rows.shape[0]
    if params.label not in rows.columns:
        raise unreadable(rows.origin, f"has no column `{params.label}`")
    cells = rows.columns[params.label].tolist()
    return [label_text(cell, params.unlabelled) for cell in cells]


def _weights(tables: Sequence[Table], name: str) -> Float[np.ndarray, " N"]:
    """Return the weight of each row; rows of a test file need none, as they are not drawn.

    Raises:
        RcmvaeError: E306 if a cell of a training row is not a finite number. The core checks their values.
    """
    first, cells = tables[0], tables[0].columns[name]
    weights = as_numbers(cells)
    wrong = np.flatnonzero(np.isnan(weights))
    if wrong.size:
        row = int(wrong[0])
        cell = "empty" if is_missing(cells[row]) else f"`{cells[row]}`, not a finite number"
        more = f", and so {wrong.size - 1} more" if wrong.size > 1 else ""
        raise unreadable(first.origin, f"{first.line(row)}: the weight in column `{name}` is {cell}{more}")
    return np.concatenate([weights, *(np.ones(each.shape[0]) for each in tables[1:])])


def _joined(tables: Sequence[Table], names: Sequence[str]) -> Table:
    """Return the columns of features of all tables as one table."""
    if len(tables) == 1:
        return tables[0]._replace(columns={name: tables[0].columns[name] for name in names})
    missing = [f"has no column `{name}`" for name in names if name not in tables[1].columns]
    if missing:
        raise unreadable(tables[1].origin, *missing)
    columns = {name: _concatenate([each.columns[name] for each in tables]) for name in names}
    return Table(columns, origin=tables[0].origin)


def _concatenate(columns: Sequence[np.ndarray]) -> np.ndarray:
    if len({column.dtype.kind for column in columns}) > 1:
        columns = [column.astype(object) for column in columns]
    return np.concatenate(columns)
