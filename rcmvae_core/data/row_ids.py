"""Identifies the rows of a table by their cells, whatever the order of columns and the type of the file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import overload

import numpy as np

from rcmvae_core.data.cells import as_numbers, as_text, is_missing
from rcmvae_core.plugin.protocols import Table

_DIGITS = 16
"""64 bits, as of other item ids."""


class RowIds(Sequence[str]):
    """The id of each row, computed on first use: SHA-256 of its cells by the name of their column.

    Args:
        table: the rows.
        names: the columns that identify a row; one that the table lacks counts as missing.

    Example:
        >>> by_file = Table({"a": np.array([1.0]), "b": np.array(["x"], object)})
        >>> by_frame = Table({"b": np.array([" x"], object), "a": np.array(["1.0"], object)})
        >>> RowIds(by_file, "ab")[0] == RowIds(by_frame, "ab")[0]
        True
    """

    def __init__(self, table: Table, names: Iterable[str]) -> None:
        self._table, self._names = table, sorted(names)

    def __len__(self) -> int:
        return self._table.shape[0]

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return self._ids[index]

    @cached_property
    def _ids(self) -> list[str]:
        columns = [_canonical(self._table.columns[n]) for n in self._names if n in self._table.columns]
        names = [name for name in self._names if name in self._table.columns]
        return [
            hashlib.sha256(
                json.dumps([pair for pair in zip(names, cells, strict=True) if pair[1] is not None]).encode()
            ).hexdigest()[:_DIGITS]
            for cells in zip(*columns, strict=True)
        ]


def _canonical(cells: np.ndarray) -> list[str | None]:
    """Return cells as text: numbers in their shortest form, and None for missing ones."""
    numbers = as_numbers(cells).tolist()
    return [
        None if is_missing(cell) else repr(number) if number == number else as_text(cell)  # noqa: PLR0124
        for cell, number in zip(cells.tolist(), numbers, strict=True)
    ]
