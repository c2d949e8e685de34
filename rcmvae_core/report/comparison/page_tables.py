"""Renders the tables of a comparison's page: results, differences, specs and runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rcmvae_core.report.comparison.compare import Comparison, Difference
from rcmvae_core.report.comparison.figures import group_colours
from rcmvae_core.report.comparison.statistics import Spread
from rcmvae_core.report.comparison.tables import ABSENT, format_number, format_p, format_value
from rcmvae_core.report.html import Html, element, join, section, table, void_element


def results(comparison: Comparison) -> Html:
    """Render the mean, standard deviation and interval of every metric of every group."""
    rows = [
        element(
            "tr",
            _group_head(comparison, group.name),
            element("td", str(len(group.results)), class_="number"),
            *(_spread(comparison.spreads[group.name, metric]) for metric in comparison.metrics),
        )
        for group in comparison.groups
    ]
    return _section("Results", ("group", "seeds", *map(comparison.title, comparison.metrics)), rows)


def differences(comparison: Comparison) -> Html:
    """Render every difference from the first group, by metric; nothing for a single group."""
    if not comparison.differences:
        return Html()
    head = ("group", "pairs", "difference", "p", "corrected p", "verdict")
    rows = list[Html]()
    for metric in comparison.metrics:
        rows.append(
            element(
                "tr",
                element("th", breakable(comparison.title(metric)), scope="rowgroup", colspan="6"),
                class_="metric",
            )
        )
        rows += [_difference(comparison, row) for row in comparison.differences if row.metric == metric]
    note = f"Of every other group from {comparison.groups[0].name}, the first of the command."
    return _section("Differences", head, rows, note=note)


def specs(comparison: Comparison) -> Html:
    """Render every value of the specs that not all groups share, with the groups that have it; nothing without one."""
    if not comparison.spec:
        return Html()
    head = ("key", "value", "groups")
    names = [group.name for group in comparison.groups]
    rows = [
        element(
            "tr",
            element("th", element("code", breakable(path)), scope="row", class_="long"),
            element("td", element("code", breakable(value)), class_="long"),
            element("td", breakable(", ".join(owners)), class_="long"),
        )
        for path, values in comparison.spec.items()
        for value, owners in _owners(names, values).items()
    ]
    return _section("Where the specs differ", head, rows, words=len(head))


def _owners(names: Sequence[str], values: Sequence[Any]) -> dict[str, list[str]]:
    """Return the groups that have each value; those that lack it are not among them."""
    owners: dict[str, list[str]] = {}
    for name, value in zip(names, values, strict=True):
        if value is not None:
            owners.setdefault(format_value(value), []).append(name)
    return owners


def runs(comparison: Comparison) -> Html:
    """Render the run directories of every group with their seeds."""
    rows = [
        element(
            "tr",
            _group_head(comparison, group.name),
            element("td", element("code", breakable(str(run.path))), class_="long"),
            element("td", _seeds([pair.seed for pair in run.results]), class_="number"),
            element("td", _seeds([pair.label_seed for pair in run.results]), class_="number"),
        )
        for group in comparison.groups
        for run in group.runs
    ]
    return _section("Runs", ("group", "run", "seeds", "draw of labels"), rows, words=2)


def breakable(text: str) -> Html:
    """Return text whose lines may end after a slash, a dot or an underscore, and nowhere else in a word."""
    first, *others = re.split(r"(?<=[/._])(?=\w)", text)
    return join([first, *(piece for other in others for piece in (void_element("wbr"), other))])


def _section(
    title: str, head: Sequence[str], rows: Sequence[Html], *, words: int = 1, note: str = ""
) -> Html:
    """Render a titled table.

    Args:
        title: what it shows.
        head: the names of its columns.
        rows: its rows.
        words: the number of columns with words; the others have numbers.
        note: a sentence above it.
    """
    cells = [
        element("th", breakable(text), scope="col", class_="number" if place >= words else "")
        for place, text in enumerate(head)
    ]
    # Screen readers list sections and tables, which must not have the same name.
    return section(title, table(f"{title}, table", [cells], rows), note=note)


def _group_head(comparison: Comparison, name: str) -> Html:
    swatch = element("span", class_="swatch", style=f"background: {group_colours(comparison)[name]}")
    return element("th", swatch, breakable(name), scope="row")


def _stacked(main: str, *asides: str) -> Html:
    lines = (element("span", text, class_="aside") for text in asides if text)
    return element("td", element("span", main, class_="mean"), *lines, class_="number")


def _spread(spread: Spread) -> Html:
    if spread.size == 1:
        return _stacked(format_number(spread.mean))
    return _stacked(
        format_number(spread.mean), f"± {format_number(spread.std)}", _interval((spread.low, spread.high))
    )


def _difference(comparison: Comparison, row: Difference) -> Html:
    clear = row.verdict in {"higher", "lower"}
    p, least, adjusted = (
        (ABSENT, "", ABSENT)
        if row.test is None
        else (format_p(row.test.p), f"least {format_p(row.test.least)}", format_p(row.adjusted))
    )
    verdict = element("span", row.words, class_="outcome clear" if clear else "outcome")
    return element(
        "tr",
        _group_head(comparison, row.group),
        element("td", str(len(row.pairs)), class_="number"),
        _stacked(format_number(row.mean), _interval(row.interval)),
        _stacked(p, least),
        element("td", adjusted, class_="number"),
        element("td", verdict, class_="number"),
    )


def _interval(ends: tuple[float, float] | None) -> str:
    return "" if ends is None else f"[{format_number(ends[0])}, {format_number(ends[1])}]"


def _seeds(seeds: Sequence[int]) -> str:
    return ", ".join(map(str, dict.fromkeys(seeds)))
