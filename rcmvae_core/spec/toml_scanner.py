"""Scans TOML text that tomli has accepted for the positions of its keys and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
Extent: TypeAlias = tuple[int, int]  # offsets into the text, the end exclusive
_Part: TypeAlias = tuple[str, Extent]  # of a dotted key

# tomli's own limits add up to this: 1000 parts in a header, 1000 in a key, and 400 brackets. Dotted keys in
# nested inline tables could go past it, and would take memory quadratic in the text.
_LONGEST_PATH = 2400

_BLANK = re.compile(r"[ \t\r\n]*(?:#[^\n]*[ \t\r\n]*)*")
_COMMA = re.compile(f"{_BLANK.pattern},?{_BLANK.pattern}")
_KEY_PART = re.compile(
    r"""
    [ \t]* ( [A-Za-z0-9_-]+ | "[^"\\\n]*(?:\\.[^"\\\n]*)*" | '[^'\n]*' )
    [ \t]* ( \. | = | \]\]? ) [ \t]*
    """,
    re.VERBOSE,
)
# Every alternative begins differently, so a string without its end fails at once and is not read twice.
_SCALAR = re.compile(
    r"""
      \d{4}-\d\d-\d\d[ ]\d\d:[0-9.:Zz+-]+  # the one scalar with a space in it
    | [A-Za-z0-9_.:+-]+
    | "(?!"") [^"\\\n]* (?:\\.[^"\\\n]*)* "
    | '(?!'') [^'\n]* '
    | "{3} [^"\\]* (?:(?:\\.|"(?!""))[^"\\]*)* "{3,5}  # one or two quotes may stand before the closing three
    | '{3} .*? '{3,5}
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U00([0-9A-Fa-f]{6})|(.))")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


def scan(text: str) -> Scanner:
    """Scan a document and return the scanner, which has recorded its keys and values.

    Returns:
        The scanner, with the extents of keys and values.
    """
    scanner = Scanner(text)
    table: Path = ()
    while scanner.more():
        if text.startswith("[", scanner.at):
            table = scanner.pass_header()
        else:
            scanner.pass_value(*scanner.pass_key(table))
    return scanner


class _Open(NamedTuple):
    """An array or inline table whose closing bracket is still to come."""

    path: Path
    key: Extent | None
    start: int
    close: str
    indices: Iterator[int]


class Scanner:
    """Moves `at` over the text once and records in `extents` those of each path's key and value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.extents: dict[Path, tuple[int, int, int, int]] = {}  # in document order
        self.last_element: dict[Path, int] = {}  # of each array of tables
        self.keys: list[tuple[Path, Extent]] = []

    def more(self) -> bool:
        """Skip spaces, newlines and comments; return whether a statement follows."""
        self._pass(_BLANK, "a statement")
        return self.at < len(self.text)

    def pass_header(self) -> Path:
        """Pass a `[table]` or `[[array of tables]]`; return the path of the table that it opens."""
        closing = "]]" if self.text.startswith("[[", self.at) else "]"
        self.at += len(closing)
        parts = self._pass_dotted_key(closing)
        *parents, (name, key) = parts
        path = self._name(self._enter((), parents), name, key)
        extents = (*key, parts[0][1][0], key[1])
        if closing == "]]":
            self.extents.setdefault(path, extents)
            self.last_element[path] = self.last_element.get(path, -1) + 1
            path = _below(path, self.last_element[path])
        self.extents[path] = extents
        return path

    def pass_key(self, table: Path) -> tuple[Path, Extent]:
        """Pass a dotted key in a table and its `=`; return its path and the extent of its last part."""
        *parents, (name, key) = self._pass_dotted_key("=")
        return self._name(self._enter(table, parents), name, key), key

    def pass_value(self, path: Path, key: Extent | None) -> None:
        """Pass one value with all that it contains, without recursion, whose depth Python limits."""
        stack: list[_Open] = []
        member: tuple[Path, Extent | None] | None = (path, key)
        while member:
            path, key = member
            start = self.at
            if self.text.startswith(("[", "{"), start):
                stack.append(_Open(path, key, start, "]" if self.text[start] == "[" else "}", count()))
                self.at += 1
            else:
                self._pass(_SCALAR, "a value")
            self._record(
                path, key, start
            )  # the end of a container follows; recorded now, it precedes its members
            member = None
            while stack and not (member := self._next_member(stack[-1])):
                stack.pop()

    def _next_member(self, container: _Open) -> tuple[Path, Extent | None] | None:
        """Move to the next value in a container and return it, or past its closing bracket and return None."""
        self._pass(_COMMA, "a comma")
        if self.text.startswith(container.close, self.at):
            self.at += 1
            self._record(container.path, container.key, container.start)
            return None
        if container.close == "]":
            return _below(container.path, next(container.indices)), None
        return self.pass_key(container.path)

    def _record(self, path: Path, key: Extent | None, start: int) -> None:
        """Record the extents of a path's key and value, which ends at `at`.

        Args:
            path: the path.
            key: the extent of the key; None for an element of an array.
            start: where the value starts.
        """
        value = (start, self.at)
        self.extents[path] = (*(key or value), *value)

    def _enter(self, path: Path, parts: Sequence[_Part]) -> Path:
        """Return the path of `parts` below `path`, through the last element of each array of tables on the way."""
        for name, extent in parts:
            path = self._name(path, name, extent)
            self.extents.setdefault(path, (*extent, *extent))
            if path in self.last_element:
                path = _below(path, self.last_element[path])
        return path

    def _name(self, path: Path, name: str, extent: Extent) -> Path:
        """Return the path of a key below `path`, and record the key's extent.

        Args:
            path: the path of the table.
            name: the key.
            extent: the key's extent.
        """
        path = _below(path, name)
        self.keys.append((path, extent))
        return path

    def _pass_dotted_key(self, closing: str) -> list[_Part]:
        parts: list[_Part] = []
        after = "."
        while after == ".":
            match = self._pass(_KEY_PART, "a key")
            written, after = match.groups()
            parts.append((_key_name(written), match.span(1)))
        if after != closing:
            raise self._error(f"{closing!r} after a key")
        return parts

    def _pass(self, pattern: re.Pattern[str], expected: str) -> re.Match[str]:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise self._error(expected)
        self.at = match.end()
        return match

    def _error(self, expected: str) -> ValueError:
        return ValueError(f"line {self.text.count(chr(10), 0, self.at) + 1}: expected {expected}")


def _below(path: Path, part: str | int) -> Path:
    if len(path) == _LONGEST_PATH:
        raise ValueError(f"a path of more than {_LONGEST_PATH} keys and indices")
    return (*path, part)


def _key_name(written: str) -> str:
    if written[0] not in "\"'":
        return written
    return _ESCAPE.sub(_unescape, written[1:-1]) if written[0] == '"' else written[1:-1]


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    return chr(int(code, 16)) if code else _ESCAPED.get(match[4], match[4])
