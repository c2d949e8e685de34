"""Find the comments of a YAML text, which PyYAML skips."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

_COMMENT = re.compile(r"#[^\n\r]*")


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield every comment of a YAML text with its offset.

    Comments are between the tokens, where nothing else is, so a `#` in a string is not one.

    Example:
        >>> list(comments("a: '# no'  # yes"))
        [(11, '# yes')]
    """
    end = 0  # of the last token
    for token in yaml.scan(text, yaml.SafeLoader):
        yield from (
            (match.start(), match[0]) for match in _COMMENT.finditer(text, end, token.start_mark.index)
        )
        end = max(end, token.end_mark.index)


def head_comments(text: str, first: list[str]) -> tuple[str, ...]:
    """Return the comments above the first flag that an empty line separates from the flag's own."""
    block = re.match(r"\s*((?:[ \t]*#[^\n]*\n)+)(?=[ \t\r]*\n)", text)
    return tuple(first[: block[1].count("\n")]) if block else ()
