"""Writes a comparison as tables: text, Markdown, CSV or plain values."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from rcmvae_core.report.comparison.compare import Comparison, Difference
from rcmvae_core.report.comparison.statistics import Spread

ABSENT = "–"


class Table(NamedTuple):
    """A table of words.

    Args:
        title: what it shows.
        head: of its columns; all but the first are numbers.
        rows: as long as the head.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(comparison: Comparison) -> list[Table]:
    """Return the tables of a comparison: what differs, the groups, and the differences from the first group."""
    names = [group.name for group in comparison.groups]
    differing = [(path, *map(format_value, values)) for path, values in comparison.spec.items()]
    found = [Table("Specs", ("value", *names), tuple(differing))] if differing else []
    titles = map(comparison.title, comparison.metrics)
    found.append(Table("Groups", ("group", "seeds", *titles), tuple(_group_rows(comparison))))
    if comparison.differences:
        head = (
            "group",
            "metric",
            "pairs",
            "difference",
            "95% interval",
            "p",
            "least p",
            "p (Holm)",
            "verdict",
        )
        rows = tuple(_difference_row(row, comparison.title(row.metric)) for row in comparison.differences)
        found.append(Table(f"Differences from {names[0]}", head, rows))
    return found


def _group_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    return [
        (
            group.name,
            str(len(group.results)),
            *(_spread(comparison.spreads[group.name, metric]) for metric in comparison.metrics),
        )
        for group in comparison.groups
    ]


def _spread(spread: Spread) -> str:
    if spread.size == 1:
        return format_number(spread.mean)
    interval = f"[{format_number(spread.low)}, {format_number(spread.high)}]"
    return f"{format_number(spread.mean)} ± {format_number(spread.std)} {interval}"


def _difference_row(row: Difference, title: str) -> tuple[str, ...]:
    low, high = row.interval or (math.nan, math.nan)
    interval = ABSENT if row.interval is None else f"[{format_number(low)}, {format_number(high)}]"
    test = (
        (ABSENT,) * 3
        if row.test is None
        else (format_p(row.test.p), format_p(row.test.least), format_p(row.adjusted))
    )
    return (row.group, title, str(len(row.pairs)), format_number(row.mean), interval, *test, row.words)


def as_text(comparison: Comparison) -> str:
    """Return the tables with columns of equal width, McNemar's test, and notes."""
    blocks = [f"{table.title}\n{_aligned(table)}" for table in tables(comparison)]
    return "\n\n".join([*blocks, *_sentences(comparison)])


def as_markdown(comparison: Comparison) -> str:
    """Return the tables in Markdown."""
    blocks: list[str] = []
    for table in tables(comparison):
        rule = ["---", *["---:"] * (len(table.head) - 1)]
        rows = [
            [cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in (table.head, *table.rows)
        ]
        lines = [f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:])]
        blocks.append(f"## {table.title}\n\n" + "\n".join(lines))
    return "\n\n".join([*blocks, *_sentences(comparison)])


def as_csv(comparison: Comparison) -> str:
    """Return one row for each metric of each seed, for programs: group, run, seed, draw of labels, metric, value."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("group", "run", "seed", "label_seed", "metric", "value"))
    for group in comparison.groups:
        for run in group.runs:
            for pair, values in run.results.items():
                for metric in comparison.metrics:
                    writer.writerow(
                        (group.name, run.path, pair.seed, pair.label_seed, metric, repr(values[metric]))
                    )
    return file.getvalue().removesuffix("\n")


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Return plain values."""
    return {
        "metrics": list(comparison.metrics),
        "units": comparison.units,
        "groups": [
            {
                "name": group.name,
                "runs": [str(run.path) for run in group.runs],
                "seeds": [pair._asdict() | {"metrics": values} for pair, values in group.results.items()],
                "spreads": {
                    metric: _finite(comparison.spreads[group.name, metric]._asdict())
                    for metric in comparison.metrics
                },
            }
            for group in comparison.groups
        ],
        "differences": [
            _finite(
                {
                    "group": row.group,
                    "metric": row.metric,
                    "pairs": [pair._asdict() | {"difference": value} for pair, value in row.pairs.items()],
                    "mean": row.mean,
                    "interval": None if row.interval is None else list(row.interval),
                    "p": None if row.test is None else row.test.p,
                    "least_p": None if row.test is None else row.test.least,
                    "adjusted_p": row.adjusted,
                    "verdict": row.verdict or None,
                    "quality": row.quality or None,
                }
            )
            for row in comparison.differences
        ],
        "mcnemar": None if comparison.single is None else comparison.single._asdict(),
        "spec": comparison.spec,
        "notes": list(comparison.notes),
    }


def _sentences(comparison: Comparison) -> list[str]:
    sentences: list[str] = []
    if comparison.single is not None:
        (first, second), (only_second, only_first, p) = comparison.groups, comparison.single
        sentences.append(
            f"McNemar: {only_first} test inputs only {first.name} predicts right, "
            f"{only_second} only {second.name}; p = {format_p(p)}"
        )
    if comparison.notes:
        sentences.append("\n".join(f"note: {note}" for note in comparison.notes))
    return sentences


def _aligned(table: Table) -> str:
    rows = (table.head, *table.rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.head))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        row[0].ljust(widths[0]),
        *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
    ]
    return "  ".join(cells).rstrip()


def format_value(value: Any) -> str:
    """Return a value of a spec as text."""
    if value is None:
        return ABSENT
    return str(value).lower() if isinstance(value, bool) else str(value)


def format_number(value: float) -> str:
    """Return a metric with four decimals."""
    return "NaN" if math.isnan(value) else f"{value:.4f}"


def format_p(value: float) -> str:
    """Return a p-value with four decimals, or that it is smaller."""
    return "< 0.0001" if 0 < value < 1e-4 else f"{value:.4f}"  # noqa: PLR2004 - as many digits as are shown


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    """Return values with None for those that JSON cannot hold."""
    return {name: None if isinstance(v, float) and not math.isfinite(v) else v for name, v in values.items()}
