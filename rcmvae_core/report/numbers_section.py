"""Builds the table of all metrics, with a column for each seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rcmvae_core.report.html import Html, element, section
from rcmvae_core.report.metric_views import STANDARD, format_value, metric_title, metric_view
from rcmvae_core.report.numbers import MISSING, format_count, format_duration
from rcmvae_core.report.records import MetricView, RunView

_GROUPS: Mapping[str, str] = {"test": "Test", "metrics": "Metrics of the spec", "validation": "Validation"}
_ARROWS: Mapping[str, tuple[str, str]] = {
    "higher": ("↑", "higher is better"),
    "lower": ("↓", "lower is better"),
}


class MetricRow(NamedTuple):
    """A row of the table.

    Args:
        group: the data or the kind of the metric.
        title: of the metric.
        view: what is known about it.
        mean: over the seeds, with the standard deviation; empty with one seed.
        cells: the value of each seed.
    """

    group: str
    title: str
    view: MetricView
    mean: str
    cells: tuple[str, ...]


def metric_rows(run: RunView) -> Iterator[MetricRow]:
    """Yield the rows of the table, in its order."""
    if not run.summary:
        return
    seeds: Sequence[Mapping[str, Any]] = run.summary["seeds"]
    for key, group in _GROUPS.items():
        names = dict.fromkeys(name for seed in seeds for name in seed.get(key, {}))
        known = [name for name in STANDARD if name in names]
        for name in (*known, *(name for name in names if name not in STANDARD)):
            view = metric_view(name, run.metrics)
            values = [seed.get(key, {}).get(name) for seed in seeds]
            mean = run.summary["mean"].get(key, {}).get(name)
            std = run.summary["std"].get(key, {}).get(name)
            overall = format_value(mean, view.unit, std) if len(seeds) > 1 else ""
            cells = tuple(format_value(value, view.unit) for value in values)
            yield MetricRow(group, metric_title(name), view, overall, cells)
    yield from _training_rows(seeds)


def _training_rows(seeds: Sequence[Mapping[str, Any]]) -> Iterator[MetricRow]:
    mean = "" if len(seeds) == 1 else MISSING
    epochs = tuple(format_count(seed["epochs"]) if "epochs" in seed else MISSING for seed in seeds)
    yield MetricRow("Training", "epochs", MetricView("finished epochs"), mean, epochs)
    times = tuple(format_duration(float(seed["seconds"])) for seed in seeds)
    yield MetricRow("Training", "time", MetricView("of training"), mean, times)


def numbers_section(run: RunView) -> Html:
    """Build the table of metrics: a row for each, with its mean over the seeds and the value of each seed."""
    rows = list(metric_rows(run))
    if not rows:
        return Html()
    seeds = run.summary["seeds"]
    titles = [f"Seed {seed['seed']}" for seed in seeds]
    titles = ["Mean ± sd", *titles] if len(seeds) > 1 else titles
    head = element("tr", element("th", "Metric", scope="col"), *(_cell(each, "th") for each in titles))
    bodies = [
        element(
            "tbody",
            element(
                "tr", element("th", group, scope="rowgroup", colspan=str(1 + len(titles)), class_="group")
            ),
            *(_row(row) for row in rows if row.group == group),
        )
        for group in dict.fromkeys(row.group for row in rows)
    ]
    caption = element("caption", "Metrics of each seed", class_="unseen")
    table = element("table", caption, element("thead", head), *bodies, class_="metrics")
    attributes = {"tabindex": "0", "role": "region", "aria_label": "Metrics of each seed"}
    return section("Numbers", element("div", table, class_="scroll", **attributes))


def _row(row: MetricRow) -> Html:
    arrow, words = _ARROWS.get(row.view.direction, ("", ""))
    sign = element("span", arrow, class_="direction", role="img", aria_label=words) if arrow else Html()
    meaning = element("span", row.view.meaning, class_="note") if row.view.meaning else Html()
    title = element("th", element("span", row.title), " ", sign, " ", meaning, scope="row")
    mean = [_cell(row.mean, class_="number mean")] if row.mean else []
    return element("tr", title, *mean, *(_cell(each) for each in row.cells))


def _cell(content: str, tag: str = "td", class_: str = "number") -> Html:
    scope = {"scope": "col"} if tag == "th" else {}
    return element(tag, content, class_=class_, **scope)
