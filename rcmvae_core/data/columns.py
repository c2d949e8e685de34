"""Encodes the columns of a table as features by what was fitted on training rows, and decodes features again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import attrs
import numpy as np
from jaxtyping import Float

from rcmvae_core.data.cells import as_dates, as_numbers, as_text, format_date, is_missing, missing_cells
from rcmvae_core.data.missing import empty_cells, with_gaps
from rcmvae_core.errors import fail, quoted
from rcmvae_core.plugin.protocols import ColumnBlock, Table
from rcmvae_core.runtime.data_limit import check_size
from rcmvae_core.runtime.user_files import shortened

ColumnType = Literal["number", "positive", "count", "ordinal", "category", "date"]
_PAIR = 2
"""Values of a category that are one feature."""
_HALF = 0.5
_ROUNDED = 0.01
"""Distance from 0 and 1 up to which a decoded feature of a covariate is that of a category."""
LISTED = 8
"""Columns that a message lists."""


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
            fail("E306", f"{origin(table)}{'; '.join(problems)}", help=help_)
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
        fail("E306", f"{origin(table)}has {noun} {_listed(missing)}", help=help_)


def noun(type_: ColumnType) -> str:
    """Return what a value of a column of numbers or dates is called."""
    return "date" if type_ == "date" else "number"


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
            f"column `{column.name}` has {count} not a {noun(column.type)}: `{shortened(cells[first])}` in {table.line(first)}"
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


def origin(table: Table) -> str:
    """Return the beginning of a message about a table: its file."""
    return f"`{table.origin}`: " if table.origin else "the table "


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return quoted(map(shortened, names[:LISTED])) + more


def _is_number(text: str) -> bool:
    return bool(np.isfinite(as_numbers(np.array([text], object)))[0])
