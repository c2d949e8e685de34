"""Decides each question by numbers that were fixed before the runs; every function is pure."""

from __future__ import annotations

import math

from rcmvae_core.report.comparison.compare import Comparison
from tests.benchmarks.experiments.derived import CALIBRATION, DEAD, IMPORTANCE, SIGMA_BY_CHANNEL, SILHOUETTE
from tests.benchmarks.experiments.rules import (
    Answer,
    Finding,
    above,
    all_of,
    any_of,
    below,
    decide,
    gains,
    plain,
    spread_of,
)

GAIN = 0.05
"""The relative gain that the source claims for FiLM."""
COLLAPSED = 1.0
"""Dead channels on average from which channels count as collapsed."""
BOUND, BETWEEN, CALIBRATED, AT_UPPER = 0.05, 0.05, (0.8, 1.25), 0.95
"""The largest share of σ on a bound, the least share of its variance between channels, the range of its calibration, and
the share on a bound from which the setting of the source counts as failed."""


def decentralized(comparison: Comparison) -> list[Finding]:
    """Decide question 1: `shared` comes first, `decentralized` second."""
    metrics = ("metric/ownership_diagonal", "metric/nmi", SILHOUETTE)
    rows = [above(comparison, "decentralized", "shared", metric) for metric in metrics]
    overall = all_of([row.answer for row in rows])
    return [
        Finding(
            "channels separate more cleanly than with a shared latent",
            overall,
            "decided by the next three rows",
        ),
        *rows,
    ]


def conditioning(comparison: Comparison) -> list[Finding]:
    """Decide question 2: `decentralized`, which has FiLM, comes first."""
    film, *others = comparison.groups
    found: list[Finding] = []
    for other in others:
        pairs = [pair for pair in film.results if pair in other.results]
        rows: list[tuple[Answer, str]] = []
        for metric, lower in (("test/negative_log_likelihood", True), ("metric/ownership_diagonal", False)):
            values = [gain(film.results[p][metric], other.results[p][metric], lower=lower) for p in pairs]
            rows.append(gains(plain(metric), values, GAIN))
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


def sigma(comparison: Comparison, group: str) -> list[Finding]:
    """Decide what a predicted σ must satisfy by itself.

    Args:
        comparison: with the group.
        group: its name.
    """
    bound = spread_of(comparison, group, "metric/sigma_at_bound")
    rank = spread_of(comparison, group, "metric/sigma_error_correlation")
    between = spread_of(comparison, group, SIGMA_BY_CHANNEL)
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
        below(comparison, "heteroscedastic", "fixed", nll),
        below(comparison, "heteroscedastic", "optimal", nll),
        *sigma(comparison, "heteroscedastic"),
    ]


def source(comparison: Comparison) -> list[Finding]:
    """Decide whether the setting of the source drives σ to a bound."""
    bound = spread_of(comparison, "source", "metric/sigma_at_bound").mean
    reason = f"{bound:.1%} of σ on a bound; at least {AT_UPPER:.0%} counts as failed"
    return [Finding("the setting of the source fails", "yes" if bound >= AT_UPPER else "no", reason)]


def curriculum(comparison: Comparison) -> list[Finding]:
    """Decide question 4: `decentralized`, without a curriculum, comes first."""
    first = comparison.groups[0].name
    dead = spread_of(comparison, first, DEAD).mean
    reason = f"{dead:.1f} dead channels on average; at least {COLLAPSED:.0f} counts as collapse"
    found = [Finding("channels collapse without a curriculum", "yes" if dead >= COLLAPSED else "no", reason)]
    for group in comparison.groups[1:]:
        rows = [
            below(comparison, group.name, first, DEAD),
            above(comparison, group.name, first, "metric/effective_channels"),
        ]
        answer = all_of([found[0].answer, *(row.answer for row in rows)])
        found += [
            Finding(f"{group.name} prevents collapse", answer, "decided by the first row and the next two"),
            *rows,
        ]
    return found


def heteroscedastic(comparison: Comparison) -> list[Finding]:
    """Decide question 5: `plain` comes first."""
    found: list[Finding] = []
    for group in comparison.groups[1:]:
        ratio = spread_of(comparison, group.name, CALIBRATION)
        low, high = CALIBRATED
        reason = f"squared error per pixel over σ² {ratio.mean:.2f}; {low} to {high} is asked"
        found += [
            below(comparison, group.name, "plain", "metric/nll"),
            above(comparison, group.name, "plain", "metric/auroc/elbo"),
            *sigma(comparison, group.name)[:2],
            Finding(f"σ of {group.name} is calibrated", "yes" if low <= ratio.mean <= high else "no", reason),
        ]
    return found


def vampprior(comparison: Comparison) -> list[Finding]:
    """Decide question 6: `standard` comes first."""
    return [below(comparison, group.name, "standard", IMPORTANCE) for group in comparison.groups[1:]]


def geometric(comparison: Comparison) -> list[Finding]:
    """Report question 7, a diagnostic: `shared` comes first; no number was fixed that would make it good or bad."""
    return [
        above(comparison, "circle", "shared", metric)
        for metric in ("metric/nmi", "metric/ownership_diagonal")
    ]
