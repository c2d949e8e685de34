"""What a benchmark found: a row of the table, and times that were taken in turns."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

Times = dict[str, list[float]]
Run = Callable[[], float]
"""An epoch; it gives the seconds that it took."""


class Bar(NamedTuple):
    """What a ratio is held to."""

    limit: float
    at_least: bool

    def met(self, ratio: float) -> bool:
        """Whether the ratio is good enough."""
        return ratio >= self.limit if self.at_least else ratio <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:g}"


class Result(NamedTuple):
    """A row of the table.

    Args:
        what: is compared.
        ours: the framework's figure, with its unit.
        reference: what it is compared with, and its figure.
        ratio: of the two; the bar says which way is good.
        bar: what the ratio is held to.
        spread: half of the ratios of single pairs lie in it.
    """

    what: str
    ours: str
    reference: str
    ratio: float
    bar: Bar
    spread: tuple[float, float] | None = None


def at_least(limit: float) -> Bar:
    """Larger is better."""
    return Bar(limit, at_least=True)


def at_most(limit: float) -> Bar:
    """Smaller is better."""
    return Bar(limit, at_least=False)


def in_turns(runs: Mapping[str, Run], rounds: int, *, warm: int = 1) -> Times:
    """Seconds of every epoch after the first, so that a busy machine disturbs all alike.

    The order changes each round, so that none always follows the same.

    Args:
        runs: by name.
        rounds: epochs of each that count.
        warm: epochs before them, which compile and fill caches.
    """
    for _ in range(warm):
        for run in runs.values():
            run()
    seconds: Times = {name: [] for name in runs}
    for turn in range(rounds):
        for name in sorted(runs, reverse=turn % 2 == 1):
            seconds[name].append(runs[name]())
    return seconds


def quotient(above: Sequence[float], below: Sequence[float]) -> tuple[float, tuple[float, float]]:
    """The median ratio of pairs, and the quartiles that hold half of them."""
    low, middle, high = statistics.quantiles([a / b for a, b in zip(above, below, strict=True)], n=4)
    return middle, (low, high)


def a_step(seconds: Sequence[float], steps: int) -> str:
    """The median epoch as milliseconds of a step."""
    return f"{1000 * statistics.median(seconds) / steps:.2f} ms a step"
