"""Reads tables from text files (CSV with any usual separator, also compressed) and from Parquet files."""

from __future__ import annotations

import csv
import gzip
import importlib
import re
import zlib
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

import numpy as np

from rcmvae_core.data.frames import as_table
from rcmvae_core.plugin.protocols import Table
from rcmvae_plugins.data._errors import not_found, reason, unreadable

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
        RcmvaeError: E305 if the file does not exist; E306 if it cannot be read, or rows differ in their number of cells.
    """
    try:
        return _read_parquet(path) if path.suffix in _PARQUET else _read_text(path, separator, header=header)
    except FileNotFoundError:
        message = f"data `table`: file `{path}` does not exist"
        raise not_found(message, "the path is relative to the working directory") from None
    except (OSError, EOFError, zlib.error, UnicodeError, csv.Error) as error:
        raise unreadable(path, f"cannot be read: {reason(error)}") from None


def _read_parquet(path: Path) -> Table:
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError:
        remedies = ["pip install 'rcmvae[parquet]'", "or write the table as CSV"]
        raise unreadable(path, "Parquet needs the package pyarrow", remedies=remedies) from None
    try:
        table = as_table(parquet.read_table(path))
    except FileNotFoundError:
        raise
    except Exception as error:  # noqa: BLE001 - pyarrow raises exceptions of its own
        raise unreadable(path, f"cannot be read: {reason(error)}") from None
    assert table is not None  # noqa: S101 - a table of pyarrow is one
    if not table.shape[0]:
        raise unreadable(path, "has no rows")
    return table._replace(origin=str(path))


def _read_text(path: Path, separator: str | None, *, header: bool) -> Table:
    with _open(path) as file:
        first = file.readline()
        file.seek(0)
        used = separator or max(_SEPARATORS, key=first.count)
        reader = csv.reader(file, delimiter=used, strict=True)
        lines = [(reader.line_num, cells) for cells in reader if cells]
    width = len(lines[0][1]) if lines else 0
    if header:
        names, lines = [cell.strip() for cell in lines[0][1]] if lines else [], lines[1:]
    else:
        names = [f"column {number}" for number in range(1, width + 1)]
    _check(path, names, lines, header=header)
    cells = zip(*(cells for _, cells in lines), strict=True)
    columns = {name: _decimal_points(column, used) for name, column in zip(names, cells, strict=True)}
    return Table(columns, origin=str(path), lines=[number for number, _ in lines])


def _open(path: Path) -> TextIOWrapper:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _check(path: Path, names: Sequence[str], lines: Sequence[tuple[int, list[str]]], *, header: bool) -> None:
    """Raise E306 for names that are missing or repeated, and for rows of another width.

    Args:
        path: the file.
        names: of the columns.
        lines: the line number and the cells of each row.
        header: whether the names are those of the file.
    """
    problems = [f"has column `{name}` twice" for name in dict.fromkeys(names) if names.count(name) > 1]
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
        remedy = "its columns: " + (", ".join(f"`{name}`" for name in names) or "none")
        raise unreadable(path, *problems, remedies=[remedy])


def _decimal_points(cells: Sequence[str], separator: str) -> np.ndarray:
    """Return cells as an array; where a comma separates no cells, one inside numbers becomes a point."""
    if separator != "," and any(_DECIMAL_COMMA.fullmatch(cell) for cell in cells):
        cells = [cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell for cell in cells]
    column = np.empty(len(cells), object)
    column[:] = cells
    return column
