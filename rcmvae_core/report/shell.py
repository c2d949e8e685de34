"""Puts the content of a page into its frame: head, style, and table of contents beside the content."""

from __future__ import annotations

import re
from importlib.resources import files
from string import Template

from rcmvae_core.report.html import Html, element, escape, join
from rcmvae_core.report.seed_switch import scheme_switch

_HEADING = re.compile(r'<h2 id="(?P<id>[^"]+)">(?P<title>.*?)</h2>')


def page(title: str, header: Html, main: Html, *, controls: Html, shapes: Html, rules: str = "") -> str:
    """Return a self-contained page, without scripts and without network access.

    Args:
        title: of the document.
        header: what comes before the table of contents.
        main: the content; each `h2` in it with an `id` is in the table of contents.
        controls: besides the choice of the colour scheme.
        shapes: that its pictures share.
        rules: CSS beside that of every page.
    """
    links = [
        element("li", element("a", Html(match["title"]), href=f"#{match['id']}"))
        for match in _HEADING.finditer(main)
    ]
    contents = element("nav", element("ul", *links), aria_label="Contents")
    settings = element(
        "div", controls, scheme_switch(), class_="controls", role="group", aria_label="Settings"
    )
    body = join(
        [
            element("a", "Skip to the content", href="#content", class_="skip"),
            shapes,
            element("header", header),
            element("aside", contents, settings, aria_label="Contents and settings"),
            element("main", main, id="content"),
        ]
    )
    style = f"{_read('page.css')}{rules}\n"
    return Template(_read("page.html")).substitute(title=escape(title), style=style, body=body)


def _read(name: str) -> str:
    return files("rcmvae_core.report").joinpath(name).read_text(encoding="utf-8")
