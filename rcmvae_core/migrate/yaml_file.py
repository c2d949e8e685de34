"""A legacy YAML file to its flags, each with its place and comments; values are read later, by what a flag is."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

import attrs
import yaml

from rcmvae_core.errors import Diagnostic, Place, Source, Span, SpecError

_START = Span(1, 1, 1, 1)
_COMMENT = re.compile(r"#[^\n\r]*")
_SHARED = (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken)


@attrs.frozen
class Entry:
    """A flag as the file has it.

    Args:
        name: the key, without the sections it stands in.
        section: the keys of the sections around it.
        node: its value, unread.
        key: where the key stands.
        place: where the value stands.
        last_line: the line in which the value ends.
        above: lines of comment above it, without their `#`.
        behind: the comment behind it.
    """

    name: str
    section: tuple[str, ...]
    node: yaml.Node
    key: Place
    place: Place
    last_line: int
    above: tuple[str, ...] = ()
    behind: str = ""


@attrs.frozen
class Legacy:
    """What a legacy file holds: its flags in order, and the comments that stand before and after them all."""

    source: Source
    entries: tuple[Entry, ...]
    head: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()


def read(content: bytes, name: str, known: Iterable[str]) -> Legacy:
    """Find the flags.

    Args:
        content: the file's bytes.
        name: how a person finds the file.
        known: names of flags; a mapping under any other key is a section, whose keys are flags in their turn.

    Raises:
        SpecError: E102 not UTF-8, E501 not a mapping in plain YAML, E504 given twice.
    """
    source = Source(name, _decode(content, name))
    places = _Places(source)
    root = _compose(source, places)
    if not isinstance(root, yaml.MappingNode):
        raise _unreadable(
            "the file is not a mapping of flags to values", places.of(root), "write `flag: value`, one a line"
        )
    known = frozenset(known)
    faults: list[Diagnostic] = []
    entries = list(_entries(root, (), known, places, faults))
    faults += _twice(entries)
    if faults:
        raise SpecError(faults)
    return _with_comments(source, entries)


def _decode(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = content.decode("utf-8", "replace")
        places = _Places(Source(name, text))
        at = len(content[: error.start].decode("utf-8", "replace"))
        message = f"byte 0x{content[error.start]:02x} is not UTF-8: {error.reason}"
        raise SpecError(
            [Diagnostic("E102", message, places.at(at), help=["save the file as UTF-8"])]
        ) from None


class _Places:
    """Offsets into the text to places; as everywhere here, only a newline ends a line."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.starts = [0, *(match.end() for match in re.finditer("\n", source.text))]

    def at(self, start: int, end: int | None = None) -> Place:
        """From one offset to another, or one character."""
        (line, column), (end_line, end_column) = map(self._point, (start, start + 1 if end is None else end))
        return Place(self.source, Span(line, column, end_line, end_column))

    def of(self, node: yaml.Node) -> Place:
        """Where a node stands."""
        return self.at(node.start_mark.index, node.end_mark.index)

    def _point(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1


def _unreadable(message: str, place: Place, *help_: str) -> SpecError:
    return SpecError([Diagnostic("E501", message, place, help=help_)])


def _compose(source: Source, places: _Places) -> yaml.Node:
    try:
        root = yaml.compose(source.text, yaml.SafeLoader)
        shared = next((t for t in yaml.scan(source.text, yaml.SafeLoader) if isinstance(t, _SHARED)), None)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = ", ".join(filter(None, (error.context, error.problem)))
        place = places.at(mark.index) if mark else Place(source, _START)
        raise _unreadable(f"not YAML: {words}", place, "see https://yaml.org for the syntax") from None
    except yaml.reader.ReaderError as error:
        message = f"not YAML: character U+{int(error.character):04X} is not allowed"
        raise _unreadable(message, places.at(int(error.position)), "remove it") from None
    except RecursionError:
        raise _unreadable("nested too deep to be flags", Place(source, _START), "flatten it") from None
    if shared is not None:
        raise _unreadable(
            "anchors, aliases and tags are not read", places.at(shared.start_mark.index, shared.end_mark.index),
            "write the value out where it is used",
        )  # fmt: skip
    if root is None:
        raise _unreadable("the file has no flags", Place(source, _START), "give the predecessor's YAML file")
    return root


def _entries(
    table: yaml.MappingNode, section: tuple[str, ...], known: frozenset[str], places: _Places, faults: list[Diagnostic]
) -> Iterator[Entry]:  # fmt: skip
    for key, value in table.value:
        if not isinstance(key, yaml.ScalarNode):
            faults.append(
                Diagnostic("E501", "a key must be a name", places.of(key), help=["write `flag: value`"])
            )
        elif isinstance(value, yaml.MappingNode) and key.value not in known:
            yield from _entries(value, (*section, key.value), known, places, faults)
        else:
            last = places.at(_end(value)).span.line
            yield Entry(key.value, section, value, places.of(key), places.of(value), last)


def _twice(entries: Iterable[Entry]) -> Iterator[Diagnostic]:
    first: dict[str, Entry] = {}
    for entry in entries:
        earlier = first.setdefault(entry.name, entry)
        if earlier is not entry:
            message = f"`{entry.name}` is given twice, first in line {earlier.key.span.line}"
            yield Diagnostic("E504", message, entry.key, help=["keep the one that holds"])


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Every comment of a YAML text with its offset: they stand between the tokens, and nothing else does.

    Example:
        >>> list(comments("a: '# no'  # yes"))
        [(11, '# yes')]
    """
    at = 0
    for token in yaml.scan(text, yaml.SafeLoader):
        yield from (
            (match.start(), match[0]) for match in _COMMENT.finditer(text, at, token.start_mark.index)
        )
        at = max(at, token.end_mark.index)


def _with_comments(source: Source, entries: list[Entry]) -> Legacy:
    """Give each comment to the flag behind which it stands, or else to the next one."""
    text, places = source.text, _Places(source)
    above: list[list[str]] = [[] for _ in range(len(entries) + 1)]
    behind = [""] * len(entries)
    keys = [(entry.key.span.line, entry.key.span.column) for entry in entries]
    for offset, comment in comments(text):
        span = places.at(offset).span
        words = comment.lstrip("#").strip()
        before = bisect_right(keys, (span.line, span.column)) - 1
        alone = not text[places.starts[span.line - 1] : offset].strip()
        if not alone and before >= 0 and entries[before].last_line == span.line:
            behind[before] = words
        elif before >= 0 and span.line <= entries[before].last_line:
            above[before].append(words)
        else:
            above[before + 1].append(words)
    head = _head(text, above[0])
    above[0] = above[0][len(head) :]
    found = zip(entries, above, behind, strict=False)
    return Legacy(
        source, tuple(attrs.evolve(e, above=tuple(a), behind=b) for e, a, b in found), head, tuple(above[-1])
    )


def _end(node: Any) -> int:
    """Where a value ends; a block of YAML ends only where the next thing begins, so its last item tells."""
    while isinstance(node.value, list) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return max(node.start_mark.index, node.end_mark.index - 1)


def _head(text: str, first: list[str]) -> tuple[str, ...]:
    """Of the comments above the first flag, those that an empty line parts from the rest."""
    block = re.match(r"\s*((?:[ \t]*#[^\n]*\n)+)(?=[ \t\r]*\n)", text)
    return tuple(first[: block[1].count("\n")]) if block else ()
