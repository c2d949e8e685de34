"""Chooses how the columns of a table are encoded, from its training rows."""

from __future__ import annotations

from typing import Literal, cast

import numpy as np
from jaxtyping import Int

from rcmvae_core.data.cells import as_dates, as_numbers, distinct, missing_cells
from rcmvae_core.data.columns import LISTED, Column, Columns, ColumnType, noun, origin
from rcmvae_core.data.numbers import NumberType, describe, infer_number_type, wrong_values
from rcmvae_core.errors import fail
from rcmvae_core.plugin.protocols import Table
from rcmvae_core.runtime.user_files import shortened

MAX_CATEGORIES = 50
"""Distinct texts of a column above which it is not encoded, because each would be a feature."""
_NUMERIC_SHARE = 0.8
"""Share of a column's texts that must be numbers for it to be a column of numbers."""
_MIN_IDENTIFIERS = 20
"""Rows from which on a column that counts them is taken for an identifier."""
_SHOWN = 50
"""Columns of a type that a note lists."""


def fit_columns(table: Table, train: Int[np.ndarray, " T"], *, masked: bool = False) -> Columns:
    """Choose how the columns of a table are encoded.

    Args:
        table: all rows.
        train: the training rows.
        masked: whether missing values are to be NaN, and not filled.

    Returns:
        The encoding. Columns that are constant, that count the rows, or that have too many texts are not encoded unless
        the table states their type.

    Raises:
        RcmvaeError: E306 if no column can be encoded.
    """
    columns: list[Column] = []
    ignored: dict[str, str] = {}
    for name, cells in table.columns.items():
        training = cells[train]
        if masked and not missing_cells(training).all():  # what is missing has no value or feature of its own
            training = training[~missing_cells(training)]
        fitted = _fit(name, training, table.types.get(name))
        if isinstance(fitted, Column):
            columns.append(fitted)
        else:
            ignored[name] = fitted
    if not columns:
        shown = [f"`{shortened(name)}` {reason}" for name, reason in ignored.items()]
        more = [f"and {len(shown) - LISTED} more"] if len(shown) > LISTED else []
        reasons = "; ".join([*shown[:LISTED], *more]) or "it has no columns"
        fail("E306", f"{origin(table)}has no features: {reasons}", help=["state the type of a column"])
    return Columns(tuple(columns), ignored, masked)


def type_notes(columns: Columns) -> list[str]:
    """Return a sentence for each type of column: the columns that have it, and how many values a category has.

    Args:
        columns: how they are encoded.

    Example:
        >>> type_notes(Columns((Column("age", "number"), Column("color", "category", values=("blue", "red")))))
        ['1 column is read as number: `age`', '1 column is read as category: `color` (2 values)']
    """
    by_type: dict[str, list[str]] = {}
    for column in columns.columns:
        number = len(column.values or column.levels)
        values = f" ({number} values)" if number else ""
        by_type.setdefault(column.type, []).append(f"`{shortened(column.name)}`{values}")
    return [
        f"{len(names)} column{'s are' if len(names) > 1 else ' is'} read as {type_}: {', '.join(names[:_SHOWN])}"
        + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
        for type_, names in by_type.items()
    ]


def _fit(name: str, cells: np.ndarray, stated: str | None) -> Column | str:
    """Return the encoding of a column, or why it has none."""
    known = cells[~missing_cells(cells)]
    if not len(known):
        return "has no value in the training rows"
    values = distinct(known)
    if stated is None and len(values) == 1 and len(known) == len(cells):
        return f"has the same value in every training row, `{shortened(values[0])}`"
    type_ = stated or infer_type(known)
    if type_ == "category":
        if stated is None and len(values) > MAX_CATEGORIES:
            return f"has {'an identifier' if len(values) == len(known) else f'{len(values)} different texts'}"
        gaps = ("",) if len(known) < len(cells) else ()
        return Column(name, "category", values=(*gaps, *values))
    return _fit_numbers(name, cells, known, cast("NumberType | Literal['date']", type_), stated)


def _fit_numbers(
    name: str,
    cells: np.ndarray,
    known: np.ndarray,
    type_: NumberType | Literal["date"],
    stated: str | None,
) -> Column | str:
    """Return the encoding of a column of numbers or dates, or why it has none.

    Args:
        name: of the column.
        cells: of the training rows.
        known: those that are not missing.
        type_: of the column.
        stated: the type that the user gave.

    Raises:
        RcmvaeError: E306 if a value is not of the stated type.
    """
    numbers = (as_dates if type_ == "date" else as_numbers)(known)
    numbers = numbers[np.isfinite(numbers)]
    if not numbers.size:
        return f"has no {noun(type_)} in the training rows"
    if stated is None and type_ == "number" and _counts_rows(numbers):
        return "counts the rows"
    if stated is None and type_ == "number":
        type_ = infer_number_type(numbers)
    if stated is not None and (wrong := wrong_values(numbers, type_)):
        message = f"column `{shortened(name)}` is stated to be {type_}, and {wrong}"
        fail(
            "E306", message, help=["correct these cells, or give the column another type, such as `numbers`"]
        )
    fill = float(np.median(numbers / 2)) * 2
    center, spread, levels = describe(numbers, type_)
    return Column(name, type_, fill, len(known) < len(cells), (), levels, center, spread)


def infer_type(known: np.ndarray) -> ColumnType:
    """Return the type of a column from its values that are not missing."""
    if known.dtype.kind == "f":
        return "number"
    numbers = np.isfinite(as_numbers(known))
    if numbers.mean() >= _NUMERIC_SHARE:
        return "number"
    return "date" if np.isfinite(as_dates(known)).all() else "category"


def _counts_rows(numbers: np.ndarray) -> bool:
    """Return whether numbers are consecutive integers, each once."""
    if len(numbers) < _MIN_IDENTIFIERS or not (numbers == np.floor(numbers)).all():
        return False
    ordered = np.unique(numbers)
    # Training rows are a sample of all rows, so that some numbers are absent.
    return (
        len(ordered) == len(numbers)
        and bool(ordered[-1] - ordered[0] < 2 * len(numbers))
        and bool(np.all(np.diff(numbers) > 0))
    )
