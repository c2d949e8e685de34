"""Builds the figures of the report: each with how to read it, and links to its files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rcmvae_core.report.html import Html, element, folded, join, prose, section
from rcmvae_core.report.records import Absent, FigureView, Picture
from rcmvae_core.report.seed_switch import of_seeds
from rcmvae_core.report.subjects import by_subject
from rcmvae_core.report.svg import SvgSheet
from rcmvae_core.report.warning_lines import seed_words

_NARROW = 640
"""CSS pixels up to which a figure has its words beside it."""
_LARGEST_PAGE = 4_000_000
"""Bytes of pictures from which on those of further seeds are linked instead."""


class FigureCards:
    """Builds the cards of figures, which share the shapes of their pictures.

    Args:
        sheet: takes the shapes.
    """

    def __init__(self, sheet: SvgSheet) -> None:
        self._sheet, self._bytes = sheet, 0

    def card(self, figure: FigureView, level: str = "h3") -> Html:
        """Build the card of a figure: heading, how to read it, and a picture or a reason for each seed.

        Args:
            figure: the figure.
            level: of its heading.
        """
        several = len(figure.views) > 1
        views = [self._view(figure, view, is_first=view is figure.views[0]) for view in figure.views]
        content = [
            of_seeds(view.seeds, html) if several else html
            for view, html in zip(figure.views, views, strict=True)
        ]
        caption = element("figcaption", prose(figure.caption), id=f"caption-{figure.name}")
        narrow = all(picture.width <= _NARROW for picture in figure.pictures)
        return element(
            "figure",
            element("div", element(level, figure.title), caption, class_="words"),
            element("div", *content, class_="views"),
            id=f"figure-{figure.name}",
            class_="figure narrow" if narrow else "figure",
        )

    def _view(self, figure: FigureView, view: Picture | Absent, *, is_first: bool) -> Html:
        of = f" of {seed_words(view.seeds)}" if len(figure.views) > 1 else ""
        if isinstance(view, Absent):
            if view.is_error:
                return _failure(view.reason)
            return element("p", prose(f"Does not apply{of}: {view.reason}."), class_="note")
        if not is_first and self._bytes > _LARGEST_PAGE:
            picture = element("p", f"The picture{of} is not in this page, to keep it small.", class_="note")
        else:
            label = f"{figure.title}{of}: {view.result}" if view.result else f"{figure.title}{of}"
            svg = self._sheet.inline(view.svg, label)
            self._bytes += len(svg)
            attributes = {"tabindex": "0", "role": "region", "aria_label": f"{figure.title}{of}, picture"}
            box = element("div", svg, class_="box", style=f"--width:{view.width}px")
            picture = element("div", box, class_="pan", **attributes)
        return join([picture, _links(view, of)])


def _links(picture: Picture, of: str) -> Html:
    files = (("data (CSV)", picture.table), ("picture (SVG)", picture.file))
    links = [
        element("a", words, element("span", of, class_="unseen"), href=path) for words, path in files if path
    ]
    whose = [element("span", of.removeprefix(" of "))] if of else []
    pieces = [*whose, *links]
    return element("p", join(_separated(pieces)), class_="links") if pieces else Html()


def _separated(pieces: Sequence[Html]) -> Iterator[Html]:
    for number, piece in enumerate(pieces):
        if number:
            yield Html(" · ")
        yield piece


def _failure(error: str) -> Html:
    message = element("p", element("strong", "This figure could not be drawn."))
    return element("div", message, element("pre", error, tabindex="0"), class_="failure", role="note")


def figure_sections(figures: Sequence[FigureView], on_top: Sequence[FigureView], cards: FigureCards) -> Html:
    """Build a section for each subject; figures that do not apply are listed at its end with the reason.

    Args:
        figures: all figures.
        on_top: those that are on the first screen already.
        cards: builds the cards.
    """
    sections: list[Html] = []
    for subject, group in by_subject(figures):
        shown = [cards.card(each) for each in group if each.applies and each not in on_top]
        linked = [_link(each) for each in group if each in on_top]
        others = [each for each in group if not each.applies]
        content = [
            element("p", "At the top of this page: ", *_separated(linked), ".", class_="note")
            if linked
            else Html(),
            element("div", *shown, class_="figures") if shown else Html(),
            folded(f"Figures that do not apply ({len(others)})", _reasons(others)) if others else Html(),
        ]
        sections.append(section(subject.title, *content, note=subject.question))
    return join(sections)


def _link(figure: FigureView) -> Html:
    return element("a", figure.title, href=f"#figure-{figure.name}")


def _reasons(figures: Sequence[FigureView]) -> Html:
    rows = [
        element("div", element("dt", figure.title), element("dd", prose(f"{reason_of(figure)}.")))
        for figure in figures
    ]
    return element("dl", *rows, class_="reasons")


def reason_of(figure: FigureView) -> str:
    """Return why a figure does not apply, for every seed."""
    absent = [view for view in figure.views if isinstance(view, Absent)]
    if len(absent) == 1:
        return absent[0].reason
    return "; ".join(f"{seed_words(view.seeds)}: {view.reason}" for view in absent)
