"""Reads cells of tables: which are missing, and which are numbers or dates."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection

import numpy as np
from jaxtyping import Float

MISSING = frozenset({"", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "NaT", "<NA>", "?"})
"""Texts that mean that there is no value; `none` may be a class of its own."""
UNLABELLED = MISSING | {"-1"}
"""Texts that mean that there is no label."""
_DIGIT = re.compile(r"\d")
_WHOLE = re.compile(r"^(-?\d+)\.0+$")
_BOOLEANS = frozenset({"true", "false"})
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY = dt.timedelta(days=1)


def is_missing(cell: object) -> bool:
    """Return whether a cell has no value: None, NaN, an empty string, `NA` and the like.

    Args:
        cell: a string, a number or None.

    Example:
        >>> [is_missing(cell) for cell in (None, " ", "NA", float("nan"), 0, "no")]
        [True, True, True, True, False, False]
    """
    if isinstance(cell, str):
        return cell.strip() in MISSING
    return cell is None or cell != cell  # noqa: PLR0124 - NaN is the only value that differs from itself


def is_unlabelled(label: object, unlabelled: Collection[str] | None = None) -> bool:
    """Return whether a label is unknown: -1, NaN, None, an empty text, `NA`, `?` and the like.

    Args:
        label: a number, a string or None.
        unlabelled: the texts that mean this instead; None and NaN always do.

    Example:
        >>> [is_unlabelled(label) for label in (-1, "-1", float("nan"), None, " ", "NA", "?", 0, "no")]
        [True, True, True, True, True, True, True, False, False]
        >>> is_unlabelled("-1", ["unknown"]), is_unlabelled("unknown", ["unknown"])
        (False, True)
    """
    if label is None or label != label:  # noqa: PLR0124 - NaN is the only value that differs from itself
        return True
    text = as_text(label)
    return text in (UNLABELLED if unlabelled is None else unlabelled)


def label_text(label: object, unlabelled: Collection[str] | None = None) -> str:
    """Return a label as the name of its class, empty if it is unknown, by the rule of all data sets.

    Unknown are -1, NaN, None, empty texts, `NA`, `?` and the like. Whole numbers are named without a fraction, booleans
    in lower case.

    Args:
        label: a number, a string or None.
        unlabelled: the texts that mean instead that a label is unknown; None and NaN always do.

    Example:
        >>> [label_text(label) for label in ("cat", 3.0, -1, "?", True)]
        ['cat', '3', '', '', 'true']
    """
    return "" if is_unlabelled(label, unlabelled) else as_text(label)


def as_numbers(cells: np.ndarray) -> Float[np.ndarray, " N"]:
    """Return cells as numbers, NaN where a cell is not a finite one, whatever the other cells are.

    Args:
        cells: of a column, strings or numbers.

    Example:
        >>> as_numbers(np.array(["1", " 2.5 ", "x", "1_0", "inf"], object)).tolist()
        [1.0, 2.5, nan, nan, nan]
        >>> as_numbers(np.array(["1", "inf"], object)).tolist()
        [1.0, nan]
    """
    numbers = cells.astype(np.float64) if cells.dtype.kind == "f" else _parse_numbers(cells)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _parse_numbers(cells: np.ndarray) -> Float[np.ndarray, " N"]:
    try:
        # One conversion for the whole column, hundreds of times faster than one for each cell.
        if not any("_" in cell for cell in cells):
            return cells.astype(np.float64)
    except (ValueError, TypeError):
        pass
    return np.array([_as_number(cell) for cell in cells.tolist()], np.float64)


def _as_number(cell: object) -> float:
    text = str(cell).strip().lower()
    # Python reads `1_000` and `infinity`, which no other tool takes for numbers.
    if not _DIGIT.search(text) or "_" in text:
        return np.nan
    try:
        return float(text)
    except ValueError:
        return np.nan


def as_dates(cells: np.ndarray) -> Float[np.ndarray, " N"]:
    """Return ISO dates, or dates with times, as days since 1970, NaN where a cell is not one.

    Example:
        >>> as_dates(np.array(["1970-01-02", "1970-01-01T12:00:00", "soon"], object)).tolist()
        [1.0, 0.5, nan]
    """
    if cells.dtype.kind == "f":
        return np.full(len(cells), np.nan)
    return np.array([_as_date(cell) for cell in cells.tolist()], np.float64)


def _as_date(cell: object) -> float:
    text = str(cell).strip()
    if "-" not in text:
        return np.nan
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return np.nan
    # A time without a zone is taken as it is, because all times of a column are compared with each other only.
    return ((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)) - _EPOCH) / _DAY


def format_date(days: float) -> str:
    """Return days since 1970 as a date, or as a date and a time to the second."""
    try:
        moment = _EPOCH + dt.timedelta(seconds=round(days * 86_400))
    except OverflowError:
        return ""
    return (
        moment.date().isoformat()
        if moment.time() == dt.time()
        else moment.replace(tzinfo=None).isoformat(" ")
    )


def distinct(cells: np.ndarray) -> tuple[str, ...]:
    """Return the distinct values of cells as texts: numbers in their order, then other texts.

    Example:
        >>> distinct(np.array(["b", "10", "9", "b"], object))
        ('9', '10', 'b')
    """
    texts = sorted({as_text(cell) for cell in cells.tolist()})
    numbers = as_numbers(np.array(texts, object))
    # NaN, which is no number, is sorted to the end.
    return tuple(texts[position] for position in np.argsort(numbers, kind="stable").tolist())


def as_text(cell: object) -> str:
    """Return a cell of a category as text: a number without a fraction like an integer, and booleans in lower case.

    Example:
        >>> [as_text(cell) for cell in (1.0, "1.0", "01", True, "FALSE", " a ")]
        ['1', '1', '01', 'true', 'false', 'a']
    """
    text = _WHOLE.sub(r"\1", str(cell).strip())
    return text.lower() if text.lower() in _BOOLEANS else text


def missing_cells(cells: np.ndarray) -> np.ndarray:
    """Return which cells are missing, [N]."""
    if cells.dtype.kind == "f":
        return np.isnan(cells)
    return np.fromiter((is_missing(cell) for cell in cells), bool, len(cells))
