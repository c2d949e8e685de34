"""Builds the section of the report that shows how well each class is predicted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rcmvae_core.report.html import Html, element, folded, join, section, table
from rcmvae_core.report.numbers import MISSING, format_count, format_number
from rcmvae_core.report.records import ClassView
from rcmvae_core.report.seed_switch import of_seeds

TITLES = ("Test inputs", "Predicted", "Precision", "Recall", "F1", "Average precision")
_NEVER = "Never predicted: {}. Accuracy does not show this where a class is rare."
_MANY = 20
_NAMED = 10
"""Classes of a long list that are named; the others are counted."""


def class_section(classes: Mapping[int, Sequence[ClassView]]) -> Html:
    """Build the table of metrics with a row for each class, and name the classes that are never predicted.

    Args:
        classes: of each seed.

    Returns:
        A section; empty without classes.
    """
    tables = {seed: _seed(seed, views) for seed, views in classes.items() if views}
    several = len(tables) > 1
    content = [of_seeds((seed,), each) if several else each for seed, each in tables.items()]
    return section("Classes", *content)


def _seed(seed: int, classes: Sequence[ClassView]) -> Html:
    caption = f"Metrics of each class, seed {seed}"
    missed = [each.name for each in classes if each.support and not each.predicted]
    note = element("p", _NEVER.format(_listed(missed)), class_="note") if missed else Html()
    if len(classes) <= _MANY:
        return join([note, _table(caption, classes)])
    worst = sorted((each for each in classes if each.support), key=lambda each: _finite(each.f1))[:_NAMED]
    lead = element("p", f"The {len(worst)} classes with the lowest F1 of {len(classes)}:", class_="note")
    return join(
        [
            note,
            lead,
            _table(f"Lowest F1, seed {seed}", worst),
            folded(f"All {len(classes)} classes", _table(caption, classes)),
        ]
    )


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _finite(value: float) -> float:
    return -1.0 if math.isnan(value) else value


def _table(caption: str, classes: Sequence[ClassView]) -> Html:
    head = [element("th", "Class", scope="col"), *(_cell(title, heading=True) for title in TITLES)]
    return table(caption, [head], map(_row, classes))


def _row(each: ClassView) -> Html:
    name = element("th", element("span", each.name, class_="name"), scope="row")
    return element("tr", name, *map(_cell, class_cells(each)))


def class_cells(each: ClassView) -> list[str]:
    """Return the numbers of a class, in the order of `TITLES`."""
    shares = (each.precision, each.recall, each.f1, each.average_precision)
    return [format_count(each.support), format_count(each.predicted), *map(_format_share, shares)]


def _format_share(share: float) -> str:
    return MISSING if math.isnan(share) else format_number(share, 3)


def _cell(content: str, *, heading: bool = False) -> Html:
    if heading:
        return element("th", content, scope="col", class_="number")
    return element("td", content, class_="number")
