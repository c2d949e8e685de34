"""Renders the report as one HTML file, without scripts and without network access."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from string import Template

from rcmvae_core.report import sections
from rcmvae_core.report.class_section import class_section
from rcmvae_core.report.html import escape
from rcmvae_core.report.records import NamedFigure, RunView


def render(run: RunView, figures: Sequence[NamedFigure]) -> str:
    """Render a self-contained HTML page; equal arguments give equal pages.

    Args:
        run: the run's numbers, parts and spec.
        figures: in the order of the page; a figure that failed is replaced by its error message.

    Returns:
        The page.

    Example:
        >>> page = render(RunView("a < b", "done", {}, "seeds = [0]"), [])
        >>> "<h1>a &lt; b" in page
        True
    """
    template = Template(_read("page.html"))
    return template.substitute(
        name=escape(run.name),
        state=escape(run.state),
        style=_read("page.css"),
        headline=sections.headline(run.summary),
        seeds=sections.seeds(run.summary),
        classes=class_section(run.classes),
        figures=sections.figures(figures),
        warnings=sections.warnings(run),
        model=sections.model(run),
        spec=sections.spec(run),
        environment=sections.environment(run),
    )


def _read(name: str) -> str:
    return files("rcmvae_core.report").joinpath(name).read_text(encoding="utf-8")
