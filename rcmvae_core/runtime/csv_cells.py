"""Writes cells of CSV files so that no spreadsheet takes them for formulas, and reads them again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
"""How a cell begins that a spreadsheet may run, or that such a cell becomes."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def guard(cell: Any) -> Any:
    """Return a cell with an apostrophe before what a spreadsheet would run; numbers and other cells are unchanged.

    Example:
        >>> guard("=1+1"), guard("-1"), guard("cat")
        ("'=1+1", '-1', 'cat')
    """
    is_formula = isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula else cell


def unguard(cell: str) -> str:
    """Return the cell that `guard` has changed, or else the same.

    Example:
        >>> unguard("'=1+1"), unguard("'cat'")
        ('=1+1', "'cat'")
    """
    return cell[1:] if cell.startswith("'") and guard(cell[1:]) == cell else cell


def keep(cell: Any) -> Any:
    """Return a cell unchanged."""
    return cell


def writer_of(*, spreadsheet: bool) -> Callable[[Any], Any]:
    """Return the function that cells are written with."""
    return guard if spreadsheet else keep
