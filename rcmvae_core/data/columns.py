"""Encodes the columns of a table as features by what was fitted on training rows, and decodes features again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, cast

import attrs
import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.data.cells import as_dates, as_numbers, as_text, distinct, format_date, is_missing
from rcmvae_core.data.missing import empty_cells, with_gaps
from rcmvae_core.data.numbers import NumberType, describe, infer_number_type, wrong_values
from rcmvae_core.errors import fail, quoted
from rcmvae_core.plugin.protocols import ColumnBlock, Table
from rcmvae_core.runtime.data_limit import check_size
from rcmvae_core.runtime.user_files import shortened

ColumnType = Literal["number", "positive", "count", "ordinal", "category", "date"]
MAX_CATEGORIES = 50
"""Distinct texts of a column above which it is not encoded, because each would be a feature."""
_NUMERIC_SHARE = 0.8
"""Share of a column's texts that must be numbers for it to be a column of numbers."""
_MIN_IDENTIFIERS = 20
"""Rows from which on a column that counts them is taken for an identifier."""


_PAIR = 2
"""Values of a category that are one feature."""
_HALF = 0.5
_ROUNDED = 0.01
"""Distance from 0 and 1 up to which a decoded feature of a covariate is that of a category."""
_LISTED = 8
"""Columns that a message lists."""
_SHOWN = 50
"""Columns of a type that a note lists."""


@attrs.frozen
class Column:
    """How a column is encoded.

    Args:
        name: its name.
        type: a `number` of any kind and a `date`, in days, are one feature; a `category` has one for each value, which is 1
            for this value, and a category of two values has one. A `positive` number is above 0, a `count` is whole and
            at least 0, and an `ordinal` has few values in an order.
        fill: what replaces a missing number or date: the median of the training rows.
        indicator: whether one more feature says that the value is missing.
        values: the categories, sorted; an empty one is a missing value.
        levels: the values of an ordinal.
        center: the mean of the training values, by which likelihoods start; see `ColumnBlock`.
        spread: their standard deviation.
    """

    name: str
    type: ColumnType
    fill: float = 0.0
    indicator: bool = False
    values: tuple[str, ...] = ()
    levels: tuple[float, ...] = ()
    center: float = 0.0
    spread: float = 1.0

    @property
    def shown(self) -> tuple[str, ...]:
        """The values of a category that have a feature."""
        return self.values[1:] if len(self.values) == _PAIR else self.values

    @property
    def features(self) -> tuple[str, ...]:
        """A name for each feature of the column."""
        if self.type == "category":
            return tuple(f"{self.name}={value or 'missing'}" for value in self.shown)
        return (self.name, f"{self.name} is missing") if self.indicator else (self.name,)

    @property
    def blocks(self) -> tuple[ColumnBlock, ...]:
        """What these features are."""
        if self.type == "category":
            return (ColumnBlock("category", len(self.shown)),)
        type_ = "number" if self.type == "date" else self.type
        block = ColumnBlock(type_, 1, self.levels, self.center, self.spread)
        return (block, ColumnBlock("flag")) if self.indicator else (block,)


@attrs.frozen
class Columns:
    """How the columns of a table are encoded.

    Args:
        columns: the encoded columns, in the order of their features.
        ignored: why other columns of the training data are not encoded, by name.
        masked: whether missing values are NaN, and not filled.
        covariates: how many of the columns, the last ones, are covariates.
    """

    columns: tuple[Column, ...]
    ignored: Mapping[str, str] = attrs.field(factory=dict[str, str])
    masked: bool = False
    covariates: int = 0

    @property
    def covariate_columns(self) -> tuple[Column, ...]:
        """The columns that condition the decoder only."""
        return self.columns[len(self.columns) - self.covariates :]

    @property
    def features(self) -> tuple[str, ...]:
        """A name for each feature."""
        return tuple(name for column in self.columns for name in column.features)

    @property
    def blocks(self) -> tuple[ColumnBlock, ...]:
        """What these features are, without those of covariates."""
        columns = self.columns[: len(self.columns) - self.covariates]
        return tuple(block for column in columns for block in column.blocks)

    def encode(self, table: Table) -> Float[np.ndarray, "N F"]:
        """Encode rows; columns are found by name, in any order.

        Args:
            table: the rows.

        Returns:
            The features, in the units of the table.

        Raises:
            RcmvaeError: E306 if a column is missing or a cell cannot be read, with a message for each column; E470 if the
                features would take too much memory.
        """
        missing = [column.name for column in self.columns if column.name not in table.columns]
        if missing:
            self._fail_missing(missing, table)
        rows, count = table.shape[0], len(self.features)
        remedy = "leave out columns of many categories, with `ignore`"
        check_size(
            table.origin or "the table", f"{rows:,} rows of {count:,} features", rows * count * 8, remedy
        )
        problems: list[str] = []
        blocks = [_encode(column, table.columns[column.name], table, problems) for column in self.columns]
        for column in self.covariate_columns:
            problems += _unknown_values(column, table)
        if problems:
            help_ = ["correct these cells, empty them, or give the column another type"]
            fail("E306", f"{_origin(table)}{'; '.join(problems)}", help=help_)
        if self.masked:
            gaps = [missing_cells(table.columns[column.name]) for column in self.columns]
            return np.concatenate([with_gaps(*each) for each in zip(blocks, gaps, strict=True)], axis=1)
        return np.concatenate(blocks, axis=1)

    def decode(self, features: Float[np.ndarray, "N F"]) -> dict[str, list[str]]:
        """Return features as the cells of their columns: of a category the value with the largest feature, of NaN an
        empty cell.

        The cell of a covariate is empty where the features are those of no category, but its mean.

        Args:
            features: in the units of the table.

        Returns:
            By the name of the column, a cell per row.
        """
        cells: dict[str, list[str]] = {}
        start = 0
        for column in self.columns:
            block = features[:, start : start + len(column.features)]
            start += len(column.features)
            filled = np.where(np.isnan(block), 0.0, block)
            cells[column.name] = empty_cells(_decode(column, filled), block)
        for column, block in self._given_categories(features):
            is_mean = np.abs(block - np.round(block)).max(axis=1) > _ROUNDED
            cells[column.name] = np.where(is_mean, "", cells[column.name]).tolist()
        return cells

    def _given_categories(
        self, features: Float[np.ndarray, "N F"]
    ) -> Iterator[tuple[Column, Float[np.ndarray, "N f"]]]:
        """Yield the categories among covariates, which are decoded with their mean where none is given."""
        end = len(self.features)
        for column in reversed(self.covariate_columns):
            start = end - len(column.features)
            if column.type == "category":
                yield column, features[:, start:end]
            end = start

    def _fail_missing(self, missing: Sequence[str], table: Table) -> None:
        known = {column.name for column in self.columns} | set(self.ignored)
        others = [name for name in table.columns if name not in known]
        help_ = [f"the model was trained on the columns {_listed([column.name for column in self.columns])}"]
        if others:
            help_.append(f"columns that it does not know: {_listed(others)}")
        if others and all(not is_missing(name) and _is_number(name) for name in others):
            help_.append("the first row has numbers: add a row of column names before it")
        noun = "no column" if len(missing) == 1 else "no columns"
        fail("E306", f"{_origin(table)}has {noun} {_listed(missing)}", help=help_)


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
        more = [f"and {len(shown) - _LISTED} more"] if len(shown) > _LISTED else []
        reasons = "; ".join([*shown[:_LISTED], *more]) or "it has no columns"
        fail("E306", f"{_origin(table)}has no features: {reasons}", help=["state the type of a column"])
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
        return f"has no {_noun(type_)} in the training rows"
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


def _noun(type_: ColumnType) -> str:
    return "date" if type_ == "date" else "number"


def infer_type(known: np.ndarray) -> ColumnType:
    """Return the type of a column from its values that are not missing."""
    if known.dtype.kind == "f":
        return "number"
    numbers = np.isfinite(as_numbers(known))
    if numbers.mean() >= _NUMERIC_SHARE:
        return "number"
    return "date" if np.isfinite(as_dates(known)).all() else "category"


def missing_cells(cells: np.ndarray) -> np.ndarray:
    """Return which cells are missing, [N]."""
    if cells.dtype.kind == "f":
        return np.isnan(cells)
    return np.fromiter((is_missing(cell) for cell in cells), bool, len(cells))


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


def _encode(column: Column, cells: np.ndarray, table: Table, problems: list[str]) -> Float[np.ndarray, "N f"]:
    """Encode a column; append to `problems` what cannot be read."""
    gaps = missing_cells(cells)
    if column.type == "category":
        texts = np.array(list(_texts(cells, gaps)), np.str_)
        return np.stack([texts == value for value in column.shown], axis=1).astype(np.float64)
    numbers = (as_dates if column.type == "date" else as_numbers)(cells)
    wrong = np.flatnonzero(~gaps & ~np.isfinite(numbers))
    if wrong.size:
        first = int(wrong[0])
        count = f"{wrong.size} cells that are" if wrong.size > 1 else "a cell that is"
        problems.append(
            f"column `{column.name}` has {count} not a {_noun(column.type)}: `{shortened(cells[first])}` in {table.line(first)}"
            + (" and others" if wrong.size > 1 else "")
        )
    values = np.where(gaps, column.fill, numbers)[:, None]
    return np.concatenate([values, gaps[:, None]], axis=1) if column.indicator else values


def _unknown_values(column: Column, table: Table) -> Iterator[str]:
    """Yield what is wrong with a covariate: a value that no training row has, whose effect nothing says."""
    if column.type != "category":
        return
    cells = table.columns[column.name]
    texts = list(_texts(cells, missing_cells(cells)))
    wrong = [row for row, text in enumerate(texts) if text not in column.values]
    if wrong:
        value = f"the value `{shortened(texts[wrong[0]])}`" if texts[wrong[0]] else "no value"
        more = f", and so {len(wrong) - 1} more" if len(wrong) > 1 else ""
        known = _listed(column.values)
        yield f"covariate `{column.name}` has {value} in {table.line(wrong[0])}{more}: training rows have {known}"


def _texts(cells: np.ndarray, gaps: np.ndarray) -> Iterator[str]:
    for cell, gap in zip(cells.tolist(), gaps.tolist(), strict=True):
        yield "" if gap else as_text(cell)


def _decode(column: Column, block: Float[np.ndarray, "N f"]) -> list[str]:
    if column.type == "category":
        is_pair = len(column.values) == _PAIR
        chosen = (block[:, 0] > _HALF).astype(int) if is_pair else block.argmax(axis=1)
        return [column.values[index] for index in chosen.tolist()]
    show = format_date if column.type == "date" else lambda value: f"{value:.6g}"
    is_gap = block[:, 1] > _HALF if column.indicator else np.zeros(len(block), bool)
    return ["" if gap else show(value) for value, gap in zip(block[:, 0].tolist(), is_gap, strict=True)]


def _origin(table: Table) -> str:
    return f"`{table.origin}`: " if table.origin else "the table "


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return quoted(map(shortened, names[:_LISTED])) + more


def _is_number(text: str) -> bool:
    return bool(np.isfinite(as_numbers(np.array([text], object)))[0])
