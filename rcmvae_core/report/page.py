"""The whole page: one file, no network, no scripts."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from string import Template

from rcmvae_core.report import sections
from rcmvae_core.report.html import escaped
from rcmvae_core.report.records import NamedFigure, RunView


def render(run: RunView, figures: Sequence[NamedFigure]) -> str:
    """A self-contained page of HTML; the same arguments give the same text.

    Args:
        run: the run's numbers, parts and spec.
        figures: in the order of the page; one that failed shows its error in its place.

    Example:
        >>> page = render(RunView("a < b", "done", {}, "seeds = [0]"), [])
        >>> "<h1>a &lt; b" in page
        True
    """
    template = Template(_read("page.html"))
    return template.substitute(
        name=escaped(run.name),
        state=escaped(run.state),
        style=_read("page.css"),
        headline=sections.headline(run.summary),
        seeds=sections.seeds(run.summary),
        figures=sections.figures(figures),
        warnings=sections.warnings(run),
        model=sections.model(run),
        spec=sections.spec(run),
        environment=sections.environment(run),
    )


def _read(name: str) -> str:
    return files("rcmvae_core.report").joinpath(name).read_text(encoding="utf-8")
