"""Turns intervals into answers, and pairs of groups into findings; every function is pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from rcmvae_core.report.comparison.compare import Comparison
from rcmvae_core.report.comparison.runs import Group
from rcmvae_core.report.comparison.statistics import Spread, bootstrap_interval, spread

Answer = Literal["yes", "no", "undecided"]
_PAIRS = 2
"""Pairs of which an interval needs at least so many."""


class Finding(NamedTuple):
    """One statement that numbers decide.

    Args:
        statement: what is asked.
        answer: by the numbers.
        reason: the numbers.
    """

    statement: str
    answer: Answer
    reason: str


def decide(low: float, high: float, margin: float = 0.0) -> Answer:
    """Return whether a 95% interval is above a margin.

    Args:
        low: its lower end.
        high: its upper end.
        margin: above which the whole interval must be.

    Returns:
        `yes` if it is above, `no` if it is below or on it, else `undecided`; this too if an end is unknown.

    Example:
        >>> decide(0.1, 0.3), decide(-0.3, -0.1), decide(-0.1, 0.3)
        ('yes', 'no', 'undecided')
    """
    if low > margin:
        return "yes"
    return "no" if high <= margin else "undecided"


def all_of(answers: Sequence[Answer]) -> Answer:
    """Return `yes` if all are, `no` if one is, else `undecided`."""
    if "no" in answers:
        return "no"
    return "undecided" if "undecided" in answers else "yes"


def any_of(answers: Sequence[Answer]) -> Answer:
    """Return `yes` if one is, `no` if all are, else `undecided`."""
    if "yes" in answers:
        return "yes"
    return "undecided" if "undecided" in answers else "no"


def above(comparison: Comparison, name: str, other: str, metric: str) -> Finding:
    """Decide whether a group has a higher value than another one, by the interval of the paired differences."""
    statement = f"{plain(metric)} of {name} is above that of {other}"
    return _of_differences(statement, _differences(comparison, name, other, metric), sign=1)


def below(comparison: Comparison, name: str, other: str, metric: str) -> Finding:
    """Decide whether a group has a lower value than another one."""
    statement = f"{plain(metric)} of {name} is below that of {other}"
    return _of_differences(statement, _differences(comparison, name, other, metric), sign=-1)


def gains(name: str, values: Sequence[float], margin: float) -> tuple[Answer, str]:
    """Decide whether relative gains are above a margin.

    Args:
        name: of what is gained in.
        values: a gain for each pair of seeds; NaN where it is unknown.
        margin: above which the interval must be.

    Returns:
        The answer, and the numbers.
    """
    finite = [value for value in values if math.isfinite(value)]
    if len(finite) < _PAIRS:
        return "undecided", f"{name}: fewer than two pairs"
    low, high = bootstrap_interval(finite)
    return decide(
        low, high, margin
    ), f"{name} {math.fsum(finite) / len(finite):+.1%} [{low:+.1%}, {high:+.1%}]"


def group_of(comparison: Comparison, name: str) -> Group:
    """Return a group by its name."""
    return next(group for group in comparison.groups if group.name == name)


def spread_of(comparison: Comparison, name: str, metric: str) -> Spread:
    """Return the spread of a value that other groups need not have; seeds that lack it do not count."""
    results = group_of(comparison, name).results.values()
    values = [each[metric] for each in results if math.isfinite(each.get(metric, math.nan))]
    return spread(values or [math.nan])


def plain(metric: str) -> str:
    """Return a metric in words.

    Example:
        >>> plain("metric/ownership_diagonal")
        'ownership diagonal'
    """
    return metric.removeprefix("metric/").removeprefix("test/").replace("_", " ")


def _differences(comparison: Comparison, name: str, other: str, metric: str) -> list[float]:
    ours, theirs = (group_of(comparison, each).results for each in (name, other))
    values = [ours[pair][metric] - theirs[pair][metric] for pair in ours if pair in theirs]
    return [value for value in values if math.isfinite(value)]


def _of_differences(statement: str, differences: Sequence[float], *, sign: int) -> Finding:
    if len(differences) < _PAIRS:
        return Finding(statement, "undecided", "fewer than two pairs of seeds")
    low, high = bootstrap_interval(differences)
    mean = math.fsum(differences) / len(differences)
    answer = decide(low, high) if sign > 0 else decide(-high, -low)
    return Finding(statement, answer, f"difference {mean:.4f}, interval [{low:.4f}, {high:.4f}]")
