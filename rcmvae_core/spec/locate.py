"""Where every key and value of a TOML document stands in its text.

tomli decides what TOML is and gives the data, but no positions. This scanner gives the positions of text
that tomli has accepted: it passes over values without reading them, and checks only what it needs to move on.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple, TypeAlias

from rcmvae_core.errors import Span

Path: TypeAlias = tuple[str | int, ...]
_Extent: TypeAlias = tuple[int, int]  # offsets into the text, the end exclusive
_Part: TypeAlias = tuple[str, _Extent]  # of a dotted key

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


class Location(NamedTuple):
    """Where one path of a document stands.

    Args:
        key: the last key part of the path. An array's element has no key, so here it is the element itself;
            for an element of an array of tables it is the key part in the element's `[[header]]`.
        value: the value's text. A table made by a `[header]` or `[[header]]` has the header's dotted key;
            one that is only implied (`a` and `a.b` in `a.b.c = 1`) has the key part that first names it.
    """

    key: Span
    value: Span


def locate(text: str) -> dict[Path, Location]:
    r"""Map each path of a TOML document to the spans of its key and its value.

    Args:
        text: a document that `tomli.loads` accepts, newlines as they stand in the file.

    Returns:
        A location for every path but the root, `()`. A table named by a header after its children were
        has that header's location; an array of tables has that of its first `[[header]]`.

    Raises:
        ValueError: the text is not TOML. Not all such text is found out: ask tomli first.

    Example:
        >>> where = locate("[model]\nlayers = [8, 16]\n")
        >>> where["model", "layers", 1].value
        Span(line=2, column=14, end_line=2, end_column=16)
    """
    return _locations(text, _scan(text).found)


def spellings(text: str) -> dict[Path, list[tuple[int, int]]]:
    r"""Map each path to all the places where its key is written: a table's may stand in many headers and dotted keys.

    Args:
        text: as for `locate`.

    Returns:
        Offsets into the text, the end exclusive.

    Example:
        >>> text = "a.b = 1\na.c = 2"
        >>> [text[start:end] for start, end in spellings(text)["a",]]
        ['a', 'a']
    """
    written: dict[Path, list[_Extent]] = {}
    for path, extent in _scan(text).keys:
        written.setdefault(path, []).append(extent)
    return written


def _scan(text: str) -> _Scanner:
    scanner = _Scanner(text)
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
    key: _Extent | None
    start: int
    close: str
    indices: Iterator[int]


class _Scanner:
    """Moves `at` over the text once, and notes in `found` the extents of each path's key and value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, tuple[int, int, int, int]] = {}  # in document order
        self.last_element: dict[Path, int] = {}  # of each array of tables
        self.keys: list[tuple[Path, _Extent]] = []

    def more(self) -> bool:
        """Skip spaces, newlines and comments; tell whether a statement follows."""
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
            self.found.setdefault(path, extents)
            self.last_element[path] = self.last_element.get(path, -1) + 1
            path = _below(path, self.last_element[path])
        self.found[path] = extents
        return path

    def pass_key(self, table: Path) -> tuple[Path, _Extent]:
        """Pass a dotted key and its `=`; return where it leads from `table`, and its last part's extent."""
        *parents, (name, key) = self._pass_dotted_key("=")
        return self._name(self._enter(table, parents), name, key), key

    def pass_value(self, path: Path, key: _Extent | None) -> None:
        """Pass one value and all that is in it; a stack of our own, as Python's would limit the depth."""
        stack: list[_Open] = []
        member: tuple[Path, _Extent | None] | None = (path, key)
        while member:
            path, key = member
            start = self.at
            if self.text.startswith(("[", "{"), start):
                stack.append(_Open(path, key, start, "]" if self.text[start] == "[" else "}", count()))
                self.at += 1
            else:
                self._pass(_SCALAR, "a value")
            self._note(path, key, start)  # a container's end follows; noted here, it precedes its members
            member = None
            while stack and not (member := self._next_member(stack[-1])):
                stack.pop()

    def _next_member(self, container: _Open) -> tuple[Path, _Extent | None] | None:
        """Move on to the next value in `container`, or past its closing bracket (None)."""
        self._pass(_COMMA, "a comma")
        if self.text.startswith(container.close, self.at):
            self.at += 1
            self._note(container.path, container.key, container.start)
            return None
        if container.close == "]":
            return _below(container.path, next(container.indices)), None
        return self.pass_key(container.path)

    def _note(self, path: Path, key: _Extent | None, start: int) -> None:
        value = (start, self.at)
        self.found[path] = (*(key or value), *value)

    def _enter(self, path: Path, parts: Sequence[_Part]) -> Path:
        """Return where `parts` lead from `path`: into the last element of each array of tables on the way."""
        for name, extent in parts:
            path = self._name(path, name, extent)
            self.found.setdefault(path, (*extent, *extent))
            if path in self.last_element:
                path = _below(path, self.last_element[path])
        return path

    def _name(self, path: Path, name: str, extent: _Extent) -> Path:
        """Return where a key leads from `path`, and note that it stands here."""
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

    def _pass(self, pattern: re.Pattern[str], what: str) -> re.Match[str]:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise self._error(what)
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


def _locations(text: str, found: dict[Path, tuple[int, int, int, int]]) -> dict[Path, Location]:
    # As for tomli, only "\n" ends a line; the "\r" of "\r\n" comes after everything that has a span.
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def span(start: int, end: int) -> Span:
        line = bisect_right(starts, start)
        end_line = bisect_right(starts, end, line - 1)
        return Span(line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1)

    located: dict[Path, Location] = {}
    for path, (key_start, key_end, start, end) in found.items():
        value = span(start, end)
        key = value if (key_start, key_end) == (start, end) else span(key_start, key_end)
        located[path] = Location(key, value)
    return located
