"""Reads tables from text files (CSV with any usual separator, also compressed) and from Parquet files."""

from __future__ import annotations

import csv
import gzip
import importlib
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from rcmvae_core.data.frames import as_table
from rcmvae_core.errors import RcmvaeError
from rcmvae_core.plugin.protocols import Table
from rcmvae_core.runtime.data_limit import CELL_BYTES, check_size, data_limit
from rcmvae_core.runtime.user_files import open_file, shortened
from rcmvae_plugins.data._errors import listed, missing_file, reason, unreadable

_SEPARATORS = ",;\t|"
_PARQUET = (".parquet", ".pq")
_DECIMAL_COMMA = re.compile(r"\s*-?\d+,\d+\s*")


def read_table(path: Path, separator: str | None, *, header: bool) -> Table:
    """Read a file.

    Args:
        path: Parquet if its name ends like that, else text in UTF-8, compressed if its name ends in `.gz`.
        separator: between cells; None takes the most frequent one of `,`, `;`, tab and `|` in the first line.
        header: whether the first row has the names of the columns; without, they are `column 1`, `column 2`, ...

    Returns:
        The table, with the lines of its rows.

    Raises:
        RcmvaeError: E305 if the file does not exist; E306 if it cannot be read, or rows differ in their number of cells;
            E470 if it would take too much memory.
    """
    try:
        with open_file(path) as file:
            is_parquet = path.suffix in _PARQUET
            return (
                _read_parquet(path, file) if is_parquet else _read_text(path, file, separator, header=header)
            )
    except FileNotFoundError:
        raise missing_file("table", path) from None
    except (OSError, EOFError, ValueError, zlib.error, csv.Error) as error:
        raise unreadable(path, f"cannot be read: {reason(error)}") from None


def _read_parquet(path: Path, file: BinaryIO) -> Table:
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError:
        remedies = ["pip install 'rcmvae[parquet]'", "or write the table as CSV"]
        raise unreadable(path, "Parquet needs the package pyarrow", remedies=remedies) from None
    try:
        content = parquet.ParquetFile(file)
        _check_parquet(path, content.metadata)
        table = as_table(content.read())
    except RcmvaeError:
        raise
    except Exception as error:  # noqa: BLE001 - pyarrow raises exceptions of its own
        raise unreadable(path, f"cannot be read: {reason(error)}") from None
    if table is None:  # without columns, or with several of one name, it is no mapping of names to columns
        raise unreadable(path, "has no columns, or several of the same name")
    if not table.shape[0]:
        raise unreadable(path, "has no rows")
    return table._replace(origin=str(path))


def _check_parquet(path: Path, metadata: Any) -> None:
    """Refuse a file whose footer declares more than fits into memory.

    Args:
        path: the file.
        metadata: its footer.
    """
    rows, columns = metadata.num_rows, metadata.num_columns
    plain = sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
    size = max(0, plain) + max(0, rows) * columns * CELL_BYTES
    check_size(path, f"the table of {rows:,} rows and {columns:,} columns", size)


def _read_text(path: Path, file: BinaryIO, separator: str | None, *, header: bool) -> Table:
    # Buffered before it is decompressed: reading is bounded whatever the file unfolds to.
    with (
        gzip.open(file) if path.suffix == ".gz" else nullcontext(file) as plain,
        TextIOWrapper(plain, encoding="utf-8-sig", newline="") as text,
    ):
        longest = data_limit() // CELL_BYTES
        first = text.readline(longest)
        text.seek(0)
        used = separator or max(_SEPARATORS, key=first.count)
        lines = list(_rows(path, csv.reader(_lines(path, text, longest), delimiter=used, strict=True)))
    width = len(lines[0][1]) if lines else 0
    if header:
        names, lines = [cell.strip() for cell in lines[0][1]] if lines else [], lines[1:]
    else:
        names = [f"column {number}" for number in range(1, width + 1)]
    _check(path, names, lines, header=header)
    cells = zip(*(cells for _, cells in lines), strict=True)
    columns = {name: _decimal_points(column, used) for name, column in zip(names, cells, strict=True)}
    return Table(columns, origin=str(path), lines=[number for number, _ in lines])


def _lines(path: Path, text: TextIOWrapper, longest: int) -> Iterator[str]:
    """Yield the lines of a file.

    Args:
        path: the file, for messages.
        text: it, opened.
        longest: the number of characters that a line may have, because it is in memory as a whole with its cells.

    Raises:
        RcmvaeError: E470 if a line is longer.
    """
    number = 0
    while line := text.readline(longest + 1):
        number += 1
        if len(line) > longest:
            check_size(path, f"line {number:,}, of one character a cell,", len(line) * CELL_BYTES)
        yield line


def _rows(path: Path, reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and the cells of every row that is not empty, as long as they fit into memory.

    Args:
        path: the file.
        reader: of `csv`.

    Raises:
        RcmvaeError: E470 if the rows take too much memory.
        ValueError: if a row cannot be read.
    """
    limit, size = data_limit(), 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise ValueError(f"line {reader.line_num}: {error}") from None
        if cells is None:
            return
        size += len(cells) * CELL_BYTES + sum(map(len, cells))
        if size > limit:
            check_size(path, f"the table up to line {reader.line_num:,}", size)
        if cells:
            yield reader.line_num, cells


def _check(path: Path, names: Sequence[str], lines: Sequence[tuple[int, list[str]]], *, header: bool) -> None:
    """Raise E306 for names that are missing or repeated, and for rows of another width.

    Args:
        path: the file.
        names: of the columns.
        lines: the line number and the cells of each row.
        header: whether the names are those of the file.
    """
    problems = [
        f"has column `{shortened(name)}` twice" for name, count in Counter(names).items() if count > 1
    ]
    if not lines:
        problems.append("has no rows")
    if header and names and all(re.fullmatch(r"-?\d+([.,]\d+)?([eE][+-]?\d+)?", name) for name in names):
        message = "has a first row of numbers, which would be taken for the names of the columns"
        remedies = ["add a row of names before it, or set `header = false`"]
        raise unreadable(path, message, remedies=remedies)
    wrong = [(number, len(cells)) for number, cells in lines if len(cells) != len(names)]
    if wrong:
        number, width = wrong[0]
        more = f", and so {len(wrong) - 1} more lines" if len(wrong) > 1 else ""
        problems.append(f"line {number} has {width} cells, expected {len(names)}{more}")
    if problems:
        remedy = f"its columns: {listed(names) or 'none'}"
        raise unreadable(path, *problems, remedies=[remedy])


def _decimal_points(cells: Sequence[str], separator: str) -> np.ndarray:
    """Return cells as an array; where a comma separates no cells, one inside numbers becomes a point."""
    if separator != "," and any(_DECIMAL_COMMA.fullmatch(cell) for cell in cells):
        cells = [cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell for cell in cells]
    column = np.empty(len(cells), object)
    column[:] = cells
    return column
