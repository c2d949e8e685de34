"""Renders a comparison as one HTML file, without scripts and without network access."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.figure import Figure

from rcmvae_core.report import shell
from rcmvae_core.report.comparison.compare import Comparison
from rcmvae_core.report.comparison.figures import learning_curves, paired_differences
from rcmvae_core.report.comparison.tables import Table, tables
from rcmvae_core.report.drawing import css_size, draw_compact
from rcmvae_core.report.figure_section import FigureCards
from rcmvae_core.report.html import Html, element, join, section
from rcmvae_core.report.html import table as table_element
from rcmvae_core.report.records import FigureView, Picture
from rcmvae_core.report.svg import SvgSheet

_HOW_TO_READ = (
    "Groups are runs that differ in nothing but the seed and the draw of labels; they are in the order of the command. A group "
    "has the mean over its seeds, the standard deviation, and the 95% interval of the mean. Differences are paired by seed and "
    "draw of labels: the interval is a bootstrap interval of the mean difference, p that of the exact sign-flip test, beside "
    "the least p that so many pairs can have, and corrected by Holm's method for the number of rows."
)
_PAIRS = "Each dot is one pair; the diamond and the bar are the mean and its interval."
_CURVES = "Bands that overlap all the way say that the groups learn alike."


def render(comparison: Comparison) -> str:
    """Render a self-contained HTML page; equal arguments give equal pages."""
    names = ", ".join(group.name for group in comparison.groups)
    sheet = SvgSheet()
    cards = FigureCards(sheet)
    figures = [cards.card(view) for view in _figures(comparison)]
    notes = [element("p", f"{note}.") for note in comparison.notes]
    main = join(
        [
            *(_section(table) for table in tables(comparison)),
            section("Figures", element("div", *figures, class_="figures") if figures else Html()),
            section("How to read this", element("p", _HOW_TO_READ), *notes),
        ]
    )
    header = join([element("p", "RCM-VAE comparison", class_="kicker"), element("h1", names)])
    return shell.page("Comparison", header, main, controls=Html(), shapes=sheet.html())


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
            element("th", element("span", row[0], class_="name"), scope="row"),
            *(element("td", cell, class_="number") for cell in row[1:]),
        )
        for row in table.rows
    ]
    return section(
        table.title, table_element(table.title, head, rows), identity=table.title.split()[0].lower()
    )


def _figures(comparison: Comparison) -> Iterator[FigureView]:
    """Yield the pairs of each metric, then its learning curves."""
    validation = dict.fromkeys(metric.replace("test/", "validation/") for metric in comparison.metrics)
    drawn = [
        *((metric, _PAIRS, paired_differences(comparison, metric)) for metric in comparison.metrics),
        *((metric, _CURVES, learning_curves(comparison, metric)) for metric in validation),
    ]
    for number, (metric, caption, figure) in enumerate(drawn):
        if figure is not None:
            yield FigureView(f"figure-{number}", metric, caption, (_picture(figure),))


def _picture(figure: Figure) -> Picture:
    width, height = css_size(figure)
    return Picture((0,), draw_compact(figure), width, height)
