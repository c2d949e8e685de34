"""Builds the table of all metrics, with a column for each seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rcmvae_core.report.html import Html, element, folded, prose, section
from rcmvae_core.report.metric_views import STANDARD, format_value, metric_title, metric_view
from rcmvae_core.report.numbers import MISSING, format_count, format_duration
from rcmvae_core.report.records import MetricView, RunView

_GROUPS: Mapping[str, str] = {"test": "Test", "metrics": "Metrics of the spec", "validation": "Validation"}
_ARROWS: Mapping[str, tuple[str, str]] = {
    "higher": ("↑", "higher is better"),
    "lower": ("↓", "lower is better"),
}


_MANY = 3
"""Values of a metric up to which they are in the table of all metrics."""


class MetricRow(NamedTuple):
    """A row of the table.

    Args:
        group: the data or the kind of the metric.
        name: of the metric.
        view: what is known about it.
        mean: over the seeds, with the standard deviation; empty with one seed.
        cells: the value of each seed.
    """

    group: str
    name: str
    view: MetricView
    mean: str
    cells: tuple[str, ...]

    @property
    def owner(self) -> str:
        """The metric that this is one of the values of."""
        return self.name.partition("/")[0]


def metric_rows(run: RunView) -> list[MetricRow]:
    """Return a row for each metric; one that is known of every run is not repeated among those of the spec."""
    if not run.summary:
        return []
    seeds: Sequence[Mapping[str, Any]] = run.summary["seeds"]
    rows = list[MetricRow]()
    for key, group in _GROUPS.items():
        names = {name for seed in seeds for name in seed.get(key, {})}
        if key == "metrics":
            names -= {row.name for row in rows}
        known = [name for name in STANDARD if name in names]
        for name in (*known, *sorted(names.difference(known), key=_order)):
            view = metric_view(name, run.metrics)
            values = [seed.get(key, {}).get(name) for seed in seeds]
            mean, std = (run.summary[which].get(key, {}).get(name) for which in ("mean", "std"))
            overall = format_value(mean, view.unit, std) if len(seeds) > 1 else ""
            cells = tuple(format_value(value, view.unit) for value in values)
            rows.append(MetricRow(group, name, view, overall, cells))
    return [*rows, *_training_rows(seeds)]


def _order(name: str) -> tuple[str, int, str]:
    """Return the key that sorts metrics by name, and those of channels by number."""
    owner, _, value = name.partition("/")
    return owner, int(value) if value.isdecimal() else -1, value


def _training_rows(seeds: Sequence[Mapping[str, Any]]) -> Iterator[MetricRow]:
    mean = "" if len(seeds) == 1 else MISSING
    epochs = tuple(format_count(seed["epochs"]) if "epochs" in seed else MISSING for seed in seeds)
    yield MetricRow("Training", "epochs", MetricView("that were finished"), mean, epochs)
    times = tuple(format_duration(float(seed["seconds"])) for seed in seeds)
    yield MetricRow("Training", "time", MetricView("of training"), mean, times)


def numbers_section(run: RunView) -> Html:
    """Build the table of metrics: a row for each, with its mean over the seeds and the value of each seed.

    Metrics with many values, such as one for each channel, are folded.
    """
    rows = metric_rows(run)
    if not rows:
        return Html()
    titles = [f"Seed {seed['seed']}" for seed in run.summary["seeds"]]
    titles = ["Mean ± sd", *titles] if len(titles) > 1 else titles
    counts = Counter((row.group, row.owner) for row in rows)
    plain = [row for row in rows if counts[row.group, row.owner] <= _MANY]
    folds = [
        folded(
            f"{metric_title(owner)} ({count} values)",
            _table(f"{metric_title(owner)}, all values", titles, [row for row in rows if row.owner == owner]),
        )
        for (_, owner), count in counts.items()
        if count > _MANY
    ]
    return section("Numbers", _table("Metrics of each seed", titles, plain), *folds)


def _table(caption: str, titles: Sequence[str], rows: Sequence[MetricRow]) -> Html:
    """Build a table with a body for each group of metrics.

    Args:
        caption: what it contains.
        titles: of the columns of numbers.
        rows: its rows.
    """
    head = element("tr", element("th", "Metric", scope="col"), *(_cell(each, "th") for each in titles))
    span = str(1 + len(titles))
    bodies = [
        element(
            "tbody",
            element("tr", element("th", group, scope="rowgroup", colspan=span, class_="group")),
            *(_row(row) for row in rows if row.group == group),
        )
        for group in dict.fromkeys(row.group for row in rows)
    ]
    named = element("caption", caption, class_="unseen")
    table = element("table", named, element("thead", head), *bodies, class_="metrics")
    return element("div", table, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _row(row: MetricRow) -> Html:
    arrow, words = _ARROWS.get(row.view.direction, ("", ""))
    sign = element("span", arrow, class_="direction", role="img", aria_label=words) if arrow else Html()
    meaning = element("span", prose(row.view.meaning), class_="note") if row.view.meaning else Html()
    title = element("th", element("span", metric_title(row.name)), " ", sign, " ", meaning, scope="row")
    mean = [_cell(row.mean, class_="number mean")] if row.mean else []
    return element("tr", title, *mean, *(_cell(each) for each in row.cells))


def _cell(content: str, tag: str = "td", class_: str = "number") -> Html:
    scope = {"scope": "col"} if tag == "th" else {}
    return element(tag, content, class_=class_, **scope)
