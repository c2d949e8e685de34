"""Builds the section of the report that shows how well each class is predicted."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rcmvae_core.report.html import Html, element, table
from rcmvae_core.report.numbers import MISSING, format_count, format_number
from rcmvae_core.report.records import ClassView

_TITLES = ("Test inputs", "Predicted", "Precision", "Recall", "F1", "Average precision")
_NEVER = "Never predicted: {}. Accuracy does not show this where a class is rare."


def class_section(classes: Sequence[ClassView]) -> Html:
    """Build the table of metrics with a row for each class, and name the classes that are never predicted.

    Returns:
        A section; empty without classes.
    """
    if not classes:
        return Html()
    head = [element("th", "Class", scope="col"), *(_cell(title, heading=True) for title in _TITLES)]
    missed = [each.name for each in classes if each.support and not each.predicted]
    note = element("p", _NEVER.format(", ".join(missed)), class_="note") if missed else Html()
    return element(
        "section",
        element("h2", "Classes", id="classes"),
        note,
        table("Metrics of each class", [head], map(_row, classes)),
        aria_labelledby="classes",
    )


def _row(each: ClassView) -> Html:
    shares = (each.precision, each.recall, each.f1, each.average_precision)
    cells = [format_count(each.support), format_count(each.predicted), *map(_format_share, shares)]
    return element("tr", element("th", each.name, scope="row"), *map(_cell, cells))


def _format_share(share: float) -> str:
    return MISSING if math.isnan(share) else format_number(share, 3)


def _cell(content: str, *, heading: bool = False) -> Html:
    if heading:
        return element("th", content, scope="col", class_="number")
    return element("td", content, class_="number")
