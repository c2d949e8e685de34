"""Distinguishes kinds of numbers in a column: positive ones, counts, and few values in an order."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from jaxtyping import Float

NumberType = Literal["number", "positive", "count", "ordinal"]
MAX_LEVELS = 50
"""Values of an ordinal at most."""
_INFERRED_LEVELS = 10
"""Whole numbers, each twice or more on average, up to which they are taken for an ordinal."""
_FIRST_COUNT = 1
"""The smallest value from which on whole numbers are not taken for counts."""
_MAX_DISPERSION = 10.0
"""The variance of counts at most, in units of their mean: that of a Poisson distribution is 1."""
_SKEWED = 1.0
"""The skewness above which positive numbers are; that of an exponential distribution is 2."""
_ROUNDING = 1e-12
"""Deviation, relative to the largest value, up to which a column is constant."""
_LARGEST_COUNT = 2**22
"""The largest count that float32 distinguishes from the next one after scaling."""


def infer_number_type(numbers: Float[np.ndarray, " n"]) -> NumberType:
    """Return what the numbers of a column are.

    Up to ten whole numbers that recur are an ordinal. Other whole numbers that begin at 0 or 1, with a variance of at most
    ten times their mean, are counts. Numbers above 0 with a skewness above 1, which that of their logarithms is not, are
    positive. In doubt they are numbers.

    Args:
        numbers: the known values of the training rows.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> infer_number_type(rng.integers(1, 6, 50) * 1.0), infer_number_type(rng.poisson(20, 500) - 5.0)
        ('ordinal', 'number')
        >>> infer_number_type(rng.poisson(8, 500) * 1.0), infer_number_type(np.exp(rng.normal(9, 2, 50)))
        ('count', 'positive')
    """
    distinct = np.unique(numbers)
    is_whole = bool((distinct == np.floor(distinct)).all())
    if is_whole and 2 <= len(distinct) <= min(_INFERRED_LEVELS, len(numbers) // 2):  # noqa: PLR2004 - a pair
        return "ordinal"
    low, high = float(distinct[0]), float(distinct[-1])
    if is_whole and 0 <= low <= _FIRST_COUNT and _FIRST_COUNT < high <= _LARGEST_COUNT:
        return "count" if np.var(numbers) <= _MAX_DISPERSION * np.mean(numbers) else "number"
    is_positive = low > 0 and _skewness(numbers) > _SKEWED >= abs(_skewness(np.log(numbers)))
    return "positive" if is_positive else "number"


def _skewness(values: Float[np.ndarray, " n"]) -> float:
    # In units of the largest, because cubes of large numbers overflow.
    unit = values / (np.abs(values).max() or 1.0)
    centred = unit - unit.mean()
    std = float(unit.std())
    return float(np.mean((centred / std) ** 3)) if std > _ROUNDING else 0.0


def wrong_values(numbers: Float[np.ndarray, " n"], type_: str) -> str:
    """Return why numbers are not of a type that the user states, empty if they are.

    Args:
        numbers: the known values of the training rows.
        type_: of the column.

    Example:
        >>> wrong_values(np.array([1.0, 2.5]), "count")
        'has the value 2.5, expected whole numbers from 0 to 4,194,304'
    """
    if type_ == "ordinal":
        count = len(np.unique(numbers))
        return "" if 1 < count <= MAX_LEVELS else f"has {count} different values, expected 2 to {MAX_LEVELS}"
    if type_ == "positive":
        wrong, expected = numbers[numbers <= 0], "numbers above 0"
    elif type_ == "count":
        is_count = (numbers >= 0) & (numbers <= _LARGEST_COUNT) & (numbers == np.floor(numbers))
        wrong, expected = numbers[~is_count], f"whole numbers from 0 to {_LARGEST_COUNT:,}"
    else:
        return ""
    return f"has the value {wrong[0]:g}, expected {expected}" if wrong.size else ""


def describe(numbers: Float[np.ndarray, " n"], type_: str) -> tuple[float, float, tuple[float, ...]]:
    """Return center, spread and levels of a column, as a `ColumnBlock` has them.

    Args:
        numbers: the known values of the training rows.
        type_: of the column.
    """
    if type_ == "ordinal":
        return 0.0, 1.0, tuple(np.unique(numbers).tolist())
    if type_ == "count":
        return math.log(float(np.mean(numbers)) or 1.0), 1.0, ()
    values = np.log(numbers) if type_ == "positive" else numbers
    # In units of the largest, because squares of large numbers overflow.
    largest = float(np.abs(values).max()) or 1.0
    unit = values / largest
    spread = float(unit.std())
    return float(unit.mean()) * largest, spread * largest if spread > _ROUNDING else 1.0, ()
