"""Find the flags of a legacy YAML file, each with its place and comments; `values` reads their values."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

import attrs
import yaml

from rcmvae_core.errors import Diagnostic, Place, Source, Span, SpecError, fail
from rcmvae_core.migrate.legacy.places import Places
from rcmvae_core.migrate.legacy.yaml_comments import comments, head_comments

_START = Span(1, 1, 1, 1)
_FORBIDDEN = (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken)


@attrs.frozen
class FlagEntry:
    """A flag in the file.

    Args:
        name: its key.
        section: the keys of the sections around it.
        node: its value, not yet read.
        key: the place of the key.
        place: the place of the value.
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
class LegacyFile:
    """The content of a legacy file.

    Args:
        source: the file.
        entries: its flags in order.
        head: lines of comment before the first flag, apart from its own.
        tail: lines of comment after the last flag.
    """

    source: Source
    entries: tuple[FlagEntry, ...]
    head: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()


def read_flags(content: bytes, name: str, known: Iterable[str]) -> LegacyFile:
    """Find the flags of a file.

    Args:
        content: the file's bytes.
        name: its path, for diagnostics.
        known: names of flags; a mapping under any other key is a section that contains flags.

    Returns:
        The flags, known or not, with their comments.

    Raises:
        SpecError: E102 not UTF-8, E501 not a mapping in plain YAML, E504 duplicate flags.
    """
    source = Source(name, _decode(content, name))
    places = Places(source)
    root = _compose(source, places)
    if not isinstance(root, yaml.MappingNode):
        _fail_unreadable(
            "the file is not a mapping of flags to values",
            places.of(root),
            "write one `flag: value` per line",
        )
    errors: list[Diagnostic] = []
    entries = list(_entries(root, (), frozenset(known), places, errors))
    errors += _duplicates(entries)
    if errors:
        raise SpecError(errors)
    return _with_comments(source, entries)


def _decode(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = content.decode("utf-8", "replace")
        places = Places(Source(name, text))
        at = len(content[: error.start].decode("utf-8", "replace"))
        message = f"byte 0x{content[error.start]:02x} is not UTF-8: {error.reason}"
        fail("E102", message, place=places.at(at), help=["save the file as UTF-8"], error=SpecError)


def _fail_unreadable(message: str, place: Place, *help_: str) -> NoReturn:
    """Raise an E501.

    Args:
        message: one line.
        place: in the file.
        help_: what to do.
    """
    fail("E501", message, place=place, help=help_, error=SpecError)


def _compose(source: Source, places: Places) -> yaml.Node:
    try:
        root = yaml.compose(source.text, yaml.SafeLoader)
        forbidden = next(
            (t for t in yaml.scan(source.text, yaml.SafeLoader) if isinstance(t, _FORBIDDEN)), None
        )
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = ", ".join(filter(None, (error.context, error.problem)))
        place = places.at(mark.index) if mark else Place(source, _START)
        _fail_unreadable(f"not YAML: {reason}", place, "see https://yaml.org for the syntax")
    except yaml.reader.ReaderError as error:
        message = f"not YAML: character U+{int(error.character):04X} is not allowed"
        _fail_unreadable(message, places.at(int(error.position)), "remove the character")
    except RecursionError:
        _fail_unreadable("nested too deeply", Place(source, _START), "write flags without nesting")
    if forbidden is not None:
        _fail_unreadable(
            "anchors, aliases and tags are not supported",
            places.at(forbidden.start_mark.index, forbidden.end_mark.index),
            "write the value out where it is used",
        )  # fmt: skip
    if root is None:
        _fail_unreadable(
            "the file has no flags", Place(source, _START), "pass a YAML file of the predecessor"
        )
    return root


def _entries(
    table: yaml.MappingNode, section: tuple[str, ...], known: frozenset[str], places: Places, errors: list[Diagnostic]
) -> Iterator[FlagEntry]:  # fmt: skip
    """Yield the flags of a mapping and of the sections in it.

    Args:
        table: the mapping.
        section: the keys of the sections around it.
        known: names of flags.
        places: of the file.
        errors: receives an E501 for each key that is not a scalar.
    """
    for key, value in table.value:
        if not isinstance(key, yaml.ScalarNode):
            help_ = ["write `flag: value`"]
            errors.append(Diagnostic("E501", "a key must be the name of a flag", places.of(key), help=help_))
        elif isinstance(value, yaml.MappingNode) and key.value not in known:
            yield from _entries(value, (*section, key.value), known, places, errors)
        else:
            last = places.at(_end(value)).span.line
            yield FlagEntry(key.value, section, value, places.of(key), places.of(value), last)


def _duplicates(entries: Iterable[FlagEntry]) -> Iterator[Diagnostic]:
    first: dict[str, FlagEntry] = {}
    for entry in entries:
        earlier = first.setdefault(entry.name, entry)
        if earlier is not entry:
            message = f"duplicate flag `{entry.name}`, first in line {earlier.key.span.line}"
            yield Diagnostic("E504", message, entry.key, help=["remove one of them"])


def _with_comments(source: Source, entries: list[FlagEntry]) -> LegacyFile:
    """Assign each comment to the flag in front of it on the same line, or else to the next flag.

    Returns:
        The file with the comments of each flag.
    """
    text, places = source.text, Places(source)
    above: list[list[str]] = [[] for _ in range(len(entries) + 1)]
    behind = [""] * len(entries)
    keys = [(entry.key.span.line, entry.key.span.column) for entry in entries]
    for offset, comment in comments(text):
        span = places.at(offset).span
        comment_text = comment.lstrip("#").strip()
        before = bisect_right(keys, (span.line, span.column)) - 1
        alone = not text[places.starts[span.line - 1] : offset].strip()
        if not alone and before >= 0 and entries[before].last_line == span.line:
            behind[before] = comment_text
        elif before >= 0 and span.line <= entries[before].last_line:
            above[before].append(comment_text)
        else:
            above[before + 1].append(comment_text)
    head = head_comments(text, above[0])
    above[0] = above[0][len(head) :]
    commented = [
        attrs.evolve(entry, above=tuple(lines), behind=comment)
        for entry, lines, comment in zip(entries, above, behind, strict=False)
    ]
    return LegacyFile(source, tuple(commented), head, tuple(above[-1]))


def _end(node: Any) -> int:
    """Return the offset at which a value ends.

    PyYAML ends a block only where the next token begins, so the end of its last item is used.
    """
    while isinstance(node.value, list) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return max(node.start_mark.index, node.end_mark.index - 1)
