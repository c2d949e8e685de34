"""Decides each question by numbers that were fixed before the runs; every function is pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from rcmvae_core.report.comparison.compare import Comparison
from rcmvae_core.report.comparison.runs import Group
from rcmvae_core.report.comparison.statistics import Spread, bootstrap_interval, spread
from tests.benchmarks.experiments.derived import CALIBRATION, DEAD, IMPORTANCE, SIGMA_BY_CHANNEL, SILHOUETTE

Answer = Literal["yes", "no", "undecided"]


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


GAIN = 0.05
"""The relative gain that the source claims for FiLM."""
COLLAPSED = 1.0
"""Dead channels on average from which channels count as collapsed."""
BOUND, BETWEEN, CALIBRATED, AT_UPPER = 0.05, 0.05, (0.8, 1.25), 0.95
"""The largest share of σ on a bound, the least share of its variance between channels, the range of its calibration, and
the share on a bound from which the setting of the source counts as failed."""


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


def rises(comparison: Comparison, group: str, metric: str) -> Finding:
    """Decide whether a group has a higher value than the first one, by the interval of paired differences."""
    return _of_difference(comparison, group, metric, sign=1)


def falls(comparison: Comparison, group: str, metric: str) -> Finding:
    """Decide whether a group has a lower value than the first one."""
    return _of_difference(comparison, group, metric, sign=-1)


def _of_difference(comparison: Comparison, group: str, metric: str, *, sign: int) -> Finding:
    first = comparison.groups[0].name
    statement = f"{_plain(metric)} of {group} is {'above' if sign > 0 else 'below'} that of {first}"
    row = next((row for row in comparison.differences if (row.group, row.metric) == (group, metric)), None)
    if row is None or row.interval is None:
        return Finding(statement, "undecided", "fewer than two pairs of seeds")
    low, high = sorted(sign * end for end in row.interval)
    reason = f"difference {row.mean:.4f}, interval [{row.interval[0]:.4f}, {row.interval[1]:.4f}]"
    return Finding(statement, decide(low, high), reason)


def _below(comparison: Comparison, name: str, other: str, metric: str) -> Finding:
    """Decide whether a group is below another one, neither of which need be the first."""
    ours, theirs = (_group(comparison, each).results for each in (name, other))
    differences = [ours[pair][metric] - theirs[pair][metric] for pair in ours if pair in theirs]
    statement = f"{_plain(metric)} of {name} is below that of {other}"
    if len(differences) < 2:  # noqa: PLR2004 - an interval needs two
        return Finding(statement, "undecided", "fewer than two pairs of seeds")
    low, high = bootstrap_interval(differences)
    mean = math.fsum(differences) / len(differences)
    return Finding(statement, decide(-high, -low), f"difference {mean:.4f}, interval [{low:.4f}, {high:.4f}]")


def _group(comparison: Comparison, name: str) -> Group:
    return next(group for group in comparison.groups if group.name == name)


def decentralized(comparison: Comparison) -> list[Finding]:
    """Decide question 1: `shared` comes first, `decentralized` second."""
    metrics = ("metric/ownership_diagonal", "metric/nmi", SILHOUETTE)
    rows = [rises(comparison, "decentralized", metric) for metric in metrics]
    overall = all_of([row.answer for row in rows])
    return [
        Finding("channels separate more cleanly than with a shared latent", overall, "all three of"),
        *rows,
    ]


def conditioning(comparison: Comparison) -> list[Finding]:
    """Decide question 2: `decentralized`, which has FiLM, comes first."""
    film, *others = comparison.groups
    found: list[Finding] = []
    for other in others:
        pairs = [pair for pair in film.results if pair in other.results]
        rows = []
        for metric, lower in (("test/negative_log_likelihood", True), ("metric/ownership_diagonal", False)):
            gains = [gain(film.results[p][metric], other.results[p][metric], lower=lower) for p in pairs]
            rows.append(_of_gains(_plain(metric), gains))
        overall = any_of([row[0] for row in rows])
        reason = "; ".join(row[1] for row in rows)
        found.append(Finding(f"FiLM gains at least 5% over {other.name}", overall, reason))
    return found


def gain(film: float, other: float, *, lower: bool) -> float:
    """Return the relative gain of one value over another.

    Example:
        >>> gain(90.0, 100.0, lower=True), gain(0.6, 0.5, lower=False)
        (0.1, 0.19999999999999996)
    """
    if not other:
        return math.nan
    return (other - film if lower else film - other) / abs(other)


def _of_gains(name: str, gains: Sequence[float]) -> tuple[Answer, str]:
    finite = [value for value in gains if math.isfinite(value)]
    if len(finite) < 2:
        return "undecided", f"{name}: fewer than two pairs"
    low, high = bootstrap_interval(finite)
    mean = math.fsum(finite) / len(finite)
    return decide(low, high, GAIN), f"{name} {mean:+.1%} [{low:+.1%}, {high:+.1%}]"


def sigma(comparison: Comparison, group: str) -> list[Finding]:
    """Decide what a predicted σ must satisfy by itself.

    Args:
        comparison: with the group.
        group: its name.
    """
    bound = _spread(comparison, group, "metric/sigma_at_bound")
    rank = _spread(comparison, group, "metric/sigma_error_correlation")
    between = _spread(comparison, group, SIGMA_BY_CHANNEL)
    return [
        Finding(
            f"σ of {group} is not at its bounds",
            "yes" if bound.mean < BOUND else "no",
            f"{bound.mean:.1%} of σ on a bound; below {BOUND:.0%} is asked",
        ),
        Finding(
            f"σ of {group} grows with the error",
            decide(rank.low, rank.high),
            f"Spearman {rank.mean:.3f} [{rank.low:.3f}, {rank.high:.3f}]",
        ),
        Finding(
            f"σ of {group} differs by channel",
            "yes" if between.mean >= BETWEEN else "no",
            f"{between.mean:.1%} of its variance is between channels; at least {BETWEEN:.0%} is asked",
        ),
    ]


def ultimate(comparison: Comparison) -> list[Finding]:
    """Decide question 3: `fixed` comes first, then `optimal` and `heteroscedastic`."""
    nll = "metric/nll"
    return [
        falls(comparison, "heteroscedastic", nll),
        _below(comparison, "heteroscedastic", "optimal", nll),
        *sigma(comparison, "heteroscedastic"),
    ]


def source(comparison: Comparison) -> list[Finding]:
    """Decide whether the setting of the source drives σ to a bound."""
    bound = _spread(comparison, "source", "metric/sigma_at_bound").mean
    reason = f"{bound:.1%} of σ on a bound; at least {AT_UPPER:.0%} counts as failed"
    return [Finding("the setting of the source fails", "yes" if bound >= AT_UPPER else "no", reason)]


def curriculum(comparison: Comparison) -> list[Finding]:
    """Decide question 4: `decentralized`, without a curriculum, comes first."""
    first = comparison.groups[0].name
    dead = _spread(comparison, first, DEAD).mean
    reason = f"{dead:.1f} dead channels on average; at least {COLLAPSED:.0f} counts as collapse"
    found = [Finding("channels collapse without a curriculum", "yes" if dead >= COLLAPSED else "no", reason)]
    for group in comparison.groups[1:]:
        rows = [
            falls(comparison, group.name, DEAD),
            rises(comparison, group.name, "metric/effective_channels"),
        ]
        answer = all_of([found[0].answer, *(row.answer for row in rows)])
        found += [
            Finding(f"{group.name} prevents collapse", answer, "collapse without it, and both of"),
            *rows,
        ]
    return found


def heteroscedastic(comparison: Comparison) -> list[Finding]:
    """Decide question 5: `plain` comes first."""
    found: list[Finding] = []
    for group in comparison.groups[1:]:
        ratio = _spread(comparison, group.name, CALIBRATION)
        low, high = CALIBRATED
        reason = f"squared error per pixel over σ² {ratio.mean:.2f}; {low} to {high} is asked"
        found += [
            falls(comparison, group.name, "metric/nll"),
            rises(comparison, group.name, "metric/auroc/elbo"),
            *sigma(comparison, group.name)[:2],
            Finding(f"σ of {group.name} is calibrated", "yes" if low <= ratio.mean <= high else "no", reason),
        ]
    return found


def vampprior(comparison: Comparison) -> list[Finding]:
    """Decide question 6: `standard` comes first."""
    return [falls(comparison, group.name, IMPORTANCE) for group in comparison.groups[1:]]


def geometric(comparison: Comparison) -> list[Finding]:
    """Report question 7, a diagnostic: `shared` comes first; no number was fixed that would make it good or bad."""
    return [rises(comparison, "circle", metric) for metric in ("metric/nmi", "metric/ownership_diagonal")]


def _spread(comparison: Comparison, name: str, metric: str) -> Spread:
    """Return the spread of a metric that other groups need not have; seeds that lack it do not count."""
    group = next(group for group in comparison.groups if group.name == name)
    values = [
        values[metric] for values in group.results.values() if math.isfinite(values.get(metric, math.nan))
    ]
    return spread(values or [math.nan])


def _plain(metric: str) -> str:
    return metric.removeprefix("metric/").removeprefix("test/").replace("_", " ")
