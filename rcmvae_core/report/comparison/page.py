"""Renders a comparison as one HTML file, without scripts and without network access."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from string import Template

from matplotlib.figure import Figure

from rcmvae_core.report.comparison.compare import Comparison
from rcmvae_core.report.comparison.figures import learning_curves, paired_differences
from rcmvae_core.report.comparison.tables import Table, tables
from rcmvae_core.report.drawing import css_size, data_uri, draw
from rcmvae_core.report.html import Html, element, join, void_element
from rcmvae_core.report.html import table as table_element

_HOW_TO_READ = (
    "Groups are runs that differ in nothing but the seed and the draw of labels; they are in the order of the command. A group "
    "has the mean over its seeds, the standard deviation, and the 95% interval of the mean. Differences are paired by seed and "
    "draw of labels: the interval is a bootstrap interval of the mean difference, p that of the exact sign-flip test, beside "
    "the least p that so many pairs can have, and corrected by Holm's method for the number of rows."
)


def render(comparison: Comparison) -> str:
    """Render a self-contained HTML page; equal arguments give equal pages."""
    template = Template(_read("comparison/page.html"))
    names = ", ".join(group.name for group in comparison.groups)
    notes = [element("p", f"{note}.", class_="note") for note in comparison.notes]
    return template.substitute(
        title=element("span", names),
        style=_read("page.css"),
        tables=join(_section(table) for table in tables(comparison)),
        figures=join(_figures(comparison)),
        notes=join([element("p", _HOW_TO_READ, class_="note"), *notes]),
    )


def _section(table: Table) -> Html:
    head = [
        [
            element("th", cell, scope="col", class_="" if not n else "number")
            for n, cell in enumerate(table.head)
        ]
    ]
    rows = [
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(element("td", cell, class_="number") for cell in row[1:]),
        )
        for row in table.rows
    ]
    return element("section", element("h2", table.title), table_element(table.title, head, rows))


def _figures(comparison: Comparison) -> Iterator[Html]:
    validation = dict.fromkeys(metric.replace("test/", "validation/") for metric in comparison.metrics)
    shown: list[tuple[str, str, Figure | None]] = [
        (metric, "Each dot is one pair; the diamond and the bar are the mean and its interval.", figure)
        for metric in comparison.metrics
        if (figure := paired_differences(comparison, metric)) is not None
    ]
    shown += [
        (
            metric,
            "Bands that overlap all the way say that the groups learn alike.",
            learning_curves(comparison, metric),
        )
        for metric in validation
    ]
    for name, caption, figure in shown:
        if figure is not None:
            width, height = css_size(figure)
            image = void_element(
                "img",
                src=data_uri(figure, draw(figure)),
                alt=f"{name}. {caption}",
                width=str(width),
                height=str(height),
            )
            yield element("figure", element("figcaption", caption), image, class_="figure")


def _read(name: str) -> str:
    return files("rcmvae_core.report").joinpath(name).read_text(encoding="utf-8")
