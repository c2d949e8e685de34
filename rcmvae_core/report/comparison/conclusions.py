"""Says in sentences what a comparison shows, for those who read nothing else of it."""

from __future__ import annotations

from collections.abc import Iterator

from rcmvae_core.report.comparison.compare import SIGNIFICANT, Comparison, Difference
from rcmvae_core.report.comparison.statistics import MIN_PAIRS
from rcmvae_core.report.comparison.tables import format_p


def conclusions(comparison: Comparison) -> list[str]:
    """Return what is certain, what is not, and what could not be at all with so few seeds.

    Returns:
        Sentences, at least one.
    """
    if len(comparison.groups) == 1:
        return ["All runs differ in nothing but the seed or the draw of labels, so that there is one group."]
    differences = _unreachable(comparison) or _differences(comparison)
    return [*differences, *_single(comparison)]


def _differences(comparison: Comparison) -> Iterator[str]:
    first = comparison.groups[0].name
    for group in comparison.groups[1:]:
        rows = [row for row in comparison.differences if row.group == group.name]
        clear = [row for row in rows if row.verdict in {"higher", "lower"}]
        pairs = max((len(row.pairs) for row in rows), default=0)
        if clear:
            clauses = (_clear(row, comparison.units.get(row.metric, "")) for row in clear)
            yield f"{group.name} differs from {first}: {'; '.join(clauses)}."
        elif pairs >= MIN_PAIRS:
            yield f"No difference between {group.name} and {first} is larger than the noise between seeds."
        else:
            yield f"Too few shared seeds for a verdict on {group.name}: {pairs} of at least {MIN_PAIRS}."


def _clear(row: Difference, unit: str) -> str:
    quality = f", which is {row.quality}" if row.quality else ""
    p = _equals(row.adjusted)
    size = f"{abs(row.mean):.4f} {unit}".rstrip()
    return f"{row.metric} is {row.verdict} by {size}{quality} (corrected p {p})"


def _unreachable(comparison: Comparison) -> list[str]:
    """Say that no difference could be significant, however large; nothing if one could, or where none gets a verdict."""
    tests = [row.test for row in comparison.differences if row.test is not None]
    judged = any(row.verdict for row in comparison.differences)
    least = min((test.least for test in tests), default=0.0) * len(tests)
    if not judged or least < SIGNIFICANT:
        return []
    sentence = (
        f"With so few seeds no difference could be significant, however large: over {len(tests)} rows the least "
        f"corrected p is {min(least, 1.0):.4f}. Use more seeds, or compare fewer metrics."
    )
    return [sentence]


def _single(comparison: Comparison) -> Iterator[str]:
    if comparison.single is not None:
        (first, second), (only_second, only_first, p) = comparison.groups, comparison.single
        yield (
            f"On the same test inputs, {only_first} are predicted right by {first.name} alone and {only_second} "
            f"by {second.name} alone (McNemar's test: p {_equals(p)})."
        )


def _equals(p: float) -> str:
    text = format_p(p)
    return text if text.startswith("<") else f"= {text}"
