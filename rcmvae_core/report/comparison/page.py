"""Renders a comparison as one HTML file, without scripts and without network access."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

from matplotlib.figure import Figure

from rcmvae_core.report import shell
from rcmvae_core.report.comparison import page_tables
from rcmvae_core.report.comparison.compare import Comparison
from rcmvae_core.report.comparison.conclusions import conclusions
from rcmvae_core.report.comparison.figures import learning_curves, paired_differences
from rcmvae_core.report.drawing import css_size, draw_compact
from rcmvae_core.report.figure_section import FigureCards
from rcmvae_core.report.html import Html, element, join, section
from rcmvae_core.report.records import FigureView, Picture
from rcmvae_core.report.svg import SvgSheet

_HOW_TO_READ = (
    "Groups are runs that differ in nothing but the seed and the draw of labels; they are in the order of the command, and not "
    "ranked. A group has the mean over its seeds, the standard deviation, and the 95% interval of the mean. Differences are "
    "paired by seed and draw of labels, with a 95% bootstrap interval of their mean. p is that of the exact sign-flip test, "
    "above the least p that so many pairs can have; the corrected p (Holm) accounts for the number of rows, and below 0.05 it "
    "gives a verdict."
)
_PAIRS = "Each dot is one pair; the diamond and the bar are the mean and its interval."
_CURVES = "Mean over seeds, with one standard deviation to each side. Bands that overlap all the way say that the groups learn alike."
_NAMED = 3
"""Groups that the title names; it counts more of them."""


def render(comparison: Comparison) -> str:
    """Render a self-contained HTML page; equal arguments give equal pages."""
    title, sheet = _title(comparison), SvgSheet()
    header = join(
        [
            element("p", "RCM-VAE comparison", class_="kicker"),
            element("h1", page_tables.breakable(title)),
            element("ul", *(element("li", each) for each in conclusions(comparison)), class_="conclusions"),
        ]
    )
    main = join(
        [
            page_tables.results(comparison),
            page_tables.differences(comparison),
            section("Figures", *_figures(comparison, FigureCards(sheet))),
            page_tables.specs(comparison),
            page_tables.runs(comparison),
            section(
                "How to read this page", *(element("p", text) for text in (_HOW_TO_READ, *_notes(comparison)))
            ),
        ]
    )
    return shell.page(title, header, main, controls=Html(), shapes=sheet.html(), rules=_rules())


def _title(comparison: Comparison) -> str:
    first, *others = [group.name for group in comparison.groups]
    if not others:
        return first
    return f"{first} against {' and '.join(others) if len(others) < _NAMED else f'{len(others)} others'}"


def _notes(comparison: Comparison) -> list[str]:
    return [f"{note[0].upper()}{note[1:]}." for note in comparison.notes]


def _figures(comparison: Comparison, cards: FigureCards) -> Iterator[Html]:
    """Yield a heading for each metric that has figures, and the figures side by side."""
    for metric in comparison.metrics:
        measured = metric.replace("test/", "validation/")
        drawn = [
            (f"Difference in {metric}", _PAIRS, paired_differences(comparison, metric)),
            (f"Learning curve: {measured}", _CURVES, learning_curves(comparison, measured)),
        ]
        found = [
            cards.card(_view(title, caption, figure), level="h4")
            for title, caption, figure in drawn
            if figure is not None
        ]
        if found:
            yield element("h3", page_tables.breakable(metric))
            yield element("div", *found, class_="pictures")


def _view(title: str, caption: str, figure: Figure) -> FigureView:
    width, height = css_size(figure)
    name = re.sub(r"\W+", "-", title.lower())
    return FigureView(name, title, caption, (Picture((0,), draw_compact(figure), width, height),))


def _rules() -> str:
    return files("rcmvae_core.report").joinpath("comparison/page.css").read_text(encoding="utf-8")
