"""Builds HTML; the only place where values are escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence


class Html(str):
    """A string that is HTML already; any other string is escaped when it is put into an element."""

    __slots__ = ()


def escape(content: str) -> Html:
    """Return HTML that shows `content` exactly.

    Example:
        >>> escape("<script>")
        '&lt;script&gt;'
    """
    # Parsers turn a carriage return into a line feed unless it is written as a character reference.
    return content if isinstance(content, Html) else Html(html.escape(content).replace("\r", "&#13;"))


def element(tag: str, *content: str, **attributes: str) -> Html:
    """Build an element.

    Args:
        tag: its name.
        content: strings, which are escaped, and HTML, which is not.
        attributes: by name; `class_` and `aria_label` stand for `class` and `aria-label`.

    Returns:
        The element.

    Example:
        >>> element("p", "a < b", class_="note")
        '<p class="note">a &lt; b</p>'
    """
    return Html(f"{_start_tag(tag, attributes)}{join(content)}</{tag}>")


def void_element(tag: str, **attributes: str) -> Html:
    """Build an element without content, such as `img`.

    Returns:
        The element.
    """
    return Html(_start_tag(tag, attributes))


def join(pieces: Iterable[str]) -> Html:
    """Concatenate pieces, escaping those that are not HTML.

    Returns:
        The pieces as one.
    """
    return Html("".join(map(escape, pieces)))


def table(caption: str, head: Sequence[Sequence[str]], rows: Iterable[str], foot: Sequence[str] = ()) -> Html:
    """Build a table that scrolls by itself when it is wider than the page.

    Args:
        caption: what the table contains; read aloud by screen readers, not shown.
        head: rows of `th` elements.
        rows: `tr` elements.
        foot: `tr` elements of the footer.

    Returns:
        A `div` element around the table.
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


def _start_tag(tag: str, attributes: dict[str, str]) -> str:
    written = (f' {name.rstrip("_").replace("_", "-")}="{html.escape(v)}"' for name, v in attributes.items())
    return f"<{tag}{''.join(written)}>"


def prose(text: str) -> Html:
    """Return HTML of a sentence in which names are written between backticks.

    Example:
        >>> prose("set `a < b`")
        'set <code>a &lt; b</code>'
    """
    pieces = re.split(r"`([^`]+)`", text)
    return join(element("code", piece) if number % 2 else piece for number, piece in enumerate(pieces))


def section(title: str, *content: str, identity: str = "", note: str = "") -> Html:
    """Build a section with a heading that links can lead to.

    Args:
        title: its heading.
        content: what follows it.
        identity: its `id`; by default the title in lower case.
        note: a sentence below the heading.

    Returns:
        The element; empty without content.
    """
    if not any(content):
        return Html()
    name = identity or title.lower().replace(" ", "-")
    heading = element("h2", title, id=name)
    notes = element("p", note, class_="lead") if note else Html()
    return element("section", heading, notes, join(content), aria_labelledby=name)


def folded(summary: str, *content: str) -> Html:
    """Build content that is shown when its summary is clicked, and in print.

    Returns:
        A `details` element.
    """
    return element("details", element("summary", summary), *content)
