"""Draws a row of numbers as a line of characters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

BLOCKS, ASCII = "▁▂▃▄▅▆▇█", "_.-=+*#@"
"""Marks from low to high; for streams whose encoding has no blocks, those of the second kind."""


def sparkline(values: Sequence[float], width: int, marks: str = BLOCKS) -> str:
    """Return a mark for each value, or for the mean of neighbours where there are more values than columns.

    Args:
        values: in order; one that is not finite leaves a gap.
        width: columns at most.
        marks: from low to high.

    Example:
        >>> sparkline([0.0, 1.0, float("nan"), 7.0], 10)
        '▁▂ █'
        >>> sparkline([1.0, 1.0, 9.0, 9.0], 2)
        '▁█'
    """
    columns = max(0, min(len(values), width))
    edges = [len(values) * column // columns for column in range(columns + 1)] if columns else []
    means = [_mean(values[start:end]) for start, end in pairwise(edges)]
    finite = [mean for mean in means if math.isfinite(mean)]
    if not finite:
        return " " * columns
    low, high = min(finite), max(finite)
    return "".join(_mark(mean, low, high, marks) for mean in means)


def _mean(values: Sequence[float]) -> float:
    """Return half of the mean of the finite values: a sum or a difference of halves does not overflow."""
    halves = [value / 2 for value in values if math.isfinite(value)]
    return math.fsum(half / len(halves) for half in halves) if halves else math.nan


def _mark(value: float, low: float, high: float, marks: str) -> str:
    if not math.isfinite(value):
        return " "
    if low == high:
        return marks[len(marks) // 2 - 1]
    return marks[min(int((value - low) / (high - low) * len(marks)), len(marks) - 1)]
