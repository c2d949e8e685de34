"""HTML as text: every value is escaped here, and nowhere else."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence


class Html(str):
    """Text that is HTML already; all other text is escaped where it is put into an element."""

    __slots__ = ()


def escaped(content: str) -> Html:
    """HTML that shows `content` exactly.

    Example:
        >>> escaped("<script>")
        '&lt;script&gt;'
    """
    # Parsers turn a carriage return into a line feed unless it is written as a reference.
    return content if isinstance(content, Html) else Html(html.escape(content).replace("\r", "&#13;"))


def element(tag: str, *content: str, **attributes: str) -> Html:
    """An element; `class_` and `aria_label` stand for `class` and `aria-label`.

    Example:
        >>> element("p", "a < b", class_="note")
        '<p class="note">a &lt; b</p>'
    """
    return Html(f"{_start(tag, attributes)}{joined(content)}</{tag}>")


def void(tag: str, **attributes: str) -> Html:
    """An element that has no content, such as `img`."""
    return Html(_start(tag, attributes))


def joined(pieces: Iterable[str]) -> Html:
    """The pieces one after the other."""
    return Html("".join(map(escaped, pieces)))


def table(caption: str, head: Sequence[Sequence[str]], rows: Iterable[str], foot: Sequence[str] = ()) -> Html:
    """A table that scrolls by itself when it is wider than the page.

    Args:
        caption: what the table holds; read out, not shown.
        head: rows of `th` elements.
        rows: `tr` elements.
        foot: more of them, set apart.
    """
    parts = [
        element("caption", caption, class_="unseen"),
        element("thead", *(element("tr", *cells) for cells in head)),
        element("tbody", *rows),
        element("tfoot", *foot) if foot else Html(),
    ]
    return element(
        "div", element("table", *parts), class_="scroll", tabindex="0", role="region", aria_label=caption
    )


def _start(tag: str, attributes: dict[str, str]) -> str:
    named = (f' {name.rstrip("_").replace("_", "-")}="{html.escape(v)}"' for name, v in attributes.items())
    return f"<{tag}{''.join(named)}>"
