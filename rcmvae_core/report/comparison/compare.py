"""Compares groups of runs: metrics with their spread, and paired differences from the first group."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rcmvae_core.errors import fail, quoted
from rcmvae_core.plugin.metric_declarations import Direction, Meaning
from rcmvae_core.plugin.protocols.report_arrays import ReportArrays
from rcmvae_core.report.comparison.runs import METRIC, ComparedRun, Group, Pair, group_runs, spec_differences
from rcmvae_core.report.comparison.statistics import (
    MIN_PAIRS,
    McNemar,
    SignFlip,
    Spread,
    bootstrap_interval,
    holm,
    mcnemar,
    sign_flip,
    spread,
)
from rcmvae_core.rundir import report_arrays
from rcmvae_core.runtime.records import RecordError, fail_record

_SHOWN = ("test/accuracy", "test/balanced_accuracy", "test/elbo")
"""Metrics that are compared unless others are named."""
SIGNIFICANT = 0.05
"""The corrected p below which a difference has a direction."""


class Difference(NamedTuple):
    """A group against the first one, in one metric.

    Args:
        group: its name.
        metric: such as `test/accuracy`.
        pairs: the differences, group minus first, by seed and draw of labels.
        mean: of the differences; NaN without pairs.
        interval: the 95% bootstrap interval of the mean; None for fewer than two pairs.
        test: the sign-flip test; None without pairs.
        adjusted: p after Holm's method over all rows; NaN without a test.
        verdict: `higher`, `lower` or `within noise`; empty for fewer than five pairs.
        quality: `better` or `worse`, if the verdict is a direction and one direction of the metric is better.
    """

    group: str
    metric: str
    pairs: dict[Pair, float]
    mean: float
    interval: tuple[float, float] | None
    test: SignFlip | None
    adjusted: float
    verdict: str
    quality: str = ""

    @property
    def words(self) -> str:
        """The verdict with its quality, such as `lower, better`."""
        return ", ".join(filter(None, (self.verdict or "too few pairs", self.quality)))


class Comparison(NamedTuple):
    """The result of comparing runs.

    Args:
        groups: in the order of their first runs; none is ranked.
        metrics: the compared ones.
        units: of the metrics that have one.
        spreads: of each metric of each group, by (group, metric).
        differences: every other group against the first.
        spec: the values in which specs differ, by path, one for each group.
        single: McNemar's test of the first seeds of two groups with one run each, on the same test inputs.
        notes: what a reader should know.
    """

    groups: tuple[Group, ...]
    metrics: tuple[str, ...]
    units: dict[str, str]
    spreads: dict[tuple[str, str], Spread]
    differences: tuple[Difference, ...]
    spec: dict[str, list[Any]]
    single: McNemar | None
    notes: tuple[str, ...]

    def title(self, metric: str) -> str:
        """Return a metric with its unit, such as `metric/nll (nats)`."""
        return f"{metric} ({self.units[metric]})" if metric in self.units else metric


def compare(
    runs: Sequence[ComparedRun],
    metrics: Sequence[str] = (),
    meaning: Callable[[str], Meaning] = lambda _: Meaning(),
) -> Comparison:
    """Compare runs.

    Args:
        runs: done; those that differ in nothing but seed and draw of labels form a group.
        metrics: such as `test/accuracy`, `metric/nmi` or `nmi`; empty compares accuracy, balanced accuracy and ELBO on the
            test data.
        meaning: returns the unit of a metric, and which of two values is better.

    Returns:
        The comparison.

    Raises:
        RcmvaeError: E434 if runs cannot be compared, E108 for a metric that a run does not have.
    """
    groups = group_runs(runs)
    chosen = _metrics(groups, metrics)
    spreads = {
        (group.name, metric): spread([values[metric] for values in group.results.values()])
        for group in groups
        for metric in chosen
    }
    meanings = {metric: meaning(metric) for metric in chosen}
    return Comparison(
        tuple(groups),
        chosen,
        {metric: each.unit for metric, each in meanings.items() if each.unit},
        spreads,
        tuple(_with_quality(row, meanings[row.metric].better) for row in _differences(groups, chosen)),
        spec_differences(groups),
        _single(groups),
        tuple(_notes(groups)),
    )


def _metrics(groups: Sequence[Group], wanted: Sequence[str]) -> tuple[str, ...]:
    rows = [values for group in groups for values in group.results.values()]
    common = [name for name in rows[0] if all(name in row for row in rows)]
    chosen = [name if name in common else f"{METRIC}{name}" for name in wanted]
    if missing := [name for name, own in zip(wanted, chosen, strict=True) if own not in common]:
        help_ = [f"metrics of all runs: {quoted(common)}"]
        fail("E108", f"not all runs have the metric `{missing[0]}`", help=help_)
    return tuple(chosen) or tuple(name for name in _SHOWN if name in common)


def _differences(groups: Sequence[Group], metrics: Sequence[str]) -> list[Difference]:
    first, rows = groups[0], list[Difference]()
    for group in groups[1:]:
        shared = [pair for pair in first.results if pair in group.results]
        for metric in metrics:
            pairs = {pair: group.results[pair][metric] - first.results[pair][metric] for pair in shared}
            values = [value for value in pairs.values() if math.isfinite(value)]
            mean = math.fsum(values) / len(values) if values else math.nan
            interval = bootstrap_interval(values) if len(values) > 1 else None
            test = sign_flip(values) if values else None
            rows.append(Difference(group.name, metric, pairs, mean, interval, test, math.nan, ""))
    tested = [row.test.p for row in rows if row.test is not None]
    adjusted = iter(holm(tested))
    return [row if row.test is None else _with_verdict(row, next(adjusted)) for row in rows]


def _with_verdict(row: Difference, adjusted: float) -> Difference:
    verdict = ""
    if len(row.pairs) >= MIN_PAIRS:
        direction = "higher" if row.mean > 0 else "lower"
        verdict = direction if adjusted < SIGNIFICANT else "within noise"
    return row._replace(adjusted=adjusted, verdict=verdict)


def _with_quality(row: Difference, better: Direction) -> Difference:
    if row.verdict not in ("higher", "lower") or not better:
        return row
    return row._replace(quality="better" if row.verdict == better else "worse")


def _single(groups: Sequence[Group]) -> McNemar | None:
    """Return McNemar's test of two groups of one seed each; None if it does not apply."""
    if len(groups) != 2 or any(len(group.results) > 1 for group in groups):  # noqa: PLR2004 - two classifiers
        return None
    if not all(group.runs[0].test_data for group in groups):
        return None
    seeds = [next(iter(group.results)).seed for group in groups]
    arrays = [
        _arrays(group.runs[0].path / report_arrays.arrays_name(seed))
        for group, seed in zip(groups, seeds, strict=True)
    ]
    if any(not each.probabilities.shape[1] for each in arrays):
        return None
    known = arrays[0].labels >= 0
    right = [(each.probabilities.argmax(axis=1) == each.labels)[known].astype(np.float64) for each in arrays]
    return mcnemar(right[1], right[0])


def _arrays(path: Path) -> ReportArrays:
    try:
        return report_arrays.load(path)
    except RecordError as error:
        fail_record(path, error)


def _notes(groups: Sequence[Group]) -> list[str]:
    notes: list[str] = []
    if any(not run.test_data for group in groups for run in group.runs):
        notes.append(
            "runs of an older version do not say which test data they have; make sure that they are the same"
        )
    first = groups[0]
    for group in groups[1:]:
        shared = len(first.results.keys() & group.results.keys())
        if shared < max(len(first.results), len(group.results)):
            notes.append(f"{group.name} and {first.name} share {shared} pairs of seed and draw of labels")
        if shared < MIN_PAIRS:
            notes.append(f"no verdict on {group.name}: fewer than {MIN_PAIRS} pairs")
    return notes
