"""Renders the report as one HTML file, without scripts and without network access."""

from __future__ import annotations

from collections.abc import Sequence

from rcmvae_core.report import shell
from rcmvae_core.report.class_section import class_section
from rcmvae_core.report.figure_section import FigureCards, figure_sections
from rcmvae_core.report.headline import headline
from rcmvae_core.report.html import Html, element, folded, join, prose, section
from rcmvae_core.report.numbers_section import numbers_section
from rcmvae_core.report.records import FigureView, RunView
from rcmvae_core.report.seed_switch import seed_rules, seed_switch
from rcmvae_core.report.spec_section import again_section, environment_section, parts_section, spec_section
from rcmvae_core.report.subjects import first_screen
from rcmvae_core.report.svg import SvgSheet
from rcmvae_core.report.warning_lines import RunWarning, group_warnings, seed_words

_LONG, _SHOWN = 400, 300
"""Characters of a warning from which on it is folded, and those that are shown then."""


def render(run: RunView, figures: Sequence[FigureView]) -> str:
    """Render a self-contained HTML page; equal arguments give equal pages.

    Args:
        run: the run's numbers, parts and spec.
        figures: in the order of the spec.

    Returns:
        The page.

    Example:
        >>> page = render(RunView("a < b", "done", {}, "seeds = [0]"), [])
        >>> "<h1>a &lt; b" in page
        True
    """
    sheet, on_top, seeds = SvgSheet(), first_screen(figures), _seeds(run, figures)
    cards = FigureCards(sheet)
    main = join(
        [
            section("Result", headline(run)),
            section("Warnings", *_warnings(run)),
            section("At a glance", _glance(on_top, cards)),
            numbers_section(run),
            class_section(run.classes),
            figure_sections(figures, on_top, cards),
            section("Data", *_notes(run)),
            spec_section(run),
            parts_section(run),
            environment_section(run),
            again_section(run),
        ]
    )
    state = "done" if run.summary else "not finished"
    name = element(
        "h1", run.name, " ", element("span", state, class_="state" if run.summary else "state bad")
    )
    header = join([element("p", "RCM-VAE run", class_="kicker"), name])
    return shell.page(
        run.name, header, main, controls=seed_switch(seeds), shapes=sheet.html(), rules=seed_rules(seeds)
    )


def _seeds(run: RunView, figures: Sequence[FigureView]) -> list[int]:
    """Return the seeds that the page can be switched between: those in which it differs."""
    varying = [
        seed for figure in figures if len(figure.views) > 1 for view in figure.views for seed in view.seeds
    ]
    varying += run.classes if len(run.classes) > 1 else ()
    return [seed for seed in run.seeds if seed in varying]


def _glance(figures: Sequence[FigureView], cards: FigureCards) -> Html:
    if not figures:
        return Html()
    return element("div", *map(cards.card, figures), class_="figures glance")


def _notes(run: RunView) -> list[Html]:
    """Build the list of what reading the data noticed, such as the types of columns."""
    items = [element("li", prose(note)) for note in run.summary.get("notes", ())]
    return [element("ul", *items)] if items else []


def _warnings(run: RunView) -> list[Html]:
    items = [element("li", *_warning(each)) for each in group_warnings(run.warnings)]
    return [element("ul", *items, class_="warnings")] if items else []


def _warning(warning: RunWarning) -> list[str]:
    message = warning.message
    is_long = len(message) > _LONG
    pieces: list[str] = [prose(f"{message[:_SHOWN]}…" if is_long else message)]
    if warning.seeds:
        pieces.append(f" ({seed_words(warning.seeds)})")
    if warning.code:
        command = element("code", f"rcmvae explain {warning.code}", class_="command")
        pieces.append(element("span", "What to do: ", command, class_="todo"))
    if is_long:
        pieces.append(folded("The whole warning", element("p", prose(message))))
    return pieces
