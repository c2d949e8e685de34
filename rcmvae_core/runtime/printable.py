"""Escapes control characters, which could rewrite a terminal."""

from __future__ import annotations


def printable(string: str) -> str:
    r"""Return a string with its control characters escaped, which could rewrite a terminal.

    Example:
        >>> printable("a\x1b[31m")
        'a\\x1b[31m'
    """
    if string.isprintable():
        return string
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in string)


def printable_lines(text: str) -> str:
    """Return text with its control characters escaped, except for newlines."""
    return "\n".join(map(printable, text.split("\n")))
