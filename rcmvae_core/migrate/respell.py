"""A spec with old names to one with the names of today: only names change, and every other byte stays."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from rcmvae_core.errors import Diagnostic, Span, SpecError
from rcmvae_core.registry import Registry
from rcmvae_core.resolve import resolve, slots
from rcmvae_core.spec import Node, load, merge
from rcmvae_core.spec.locate import locate, spellings

# Faults behind which names may hide. What else is wrong with a layer by itself another one may put right.
_STOPS = {"E203", "E204", "E205", "E206", "E209", "E211", "E215"}
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_Edit = tuple[int, int, str]


class Respelling(NamedTuple):
    """A spec in the names of today.

    Args:
        text: the whole file.
        changed: a W202 for each name that was old.
        deprecated: a W203 for each thing that should not be used any more; these a person must replace.
    """

    text: str
    changed: tuple[Diagnostic, ...]
    deprecated: tuple[Diagnostic, ...]


def respell(path: Path, registry: Registry) -> Respelling:
    """Rewrite one file; what it extends is read, and left as it is.

    Raises:
        SpecError: if a file cannot be read, a name is unknown, or stands beside its old spelling.
    """
    layers = load(path)
    own = layers[-1]
    source = own.place.source
    found = [d for d in _told(own, layers, registry) if d.place is not None and d.place.source == source]
    faults = [d for d in found if d.code in _STOPS]
    if faults:
        raise SpecError(faults)
    changed = tuple(d for d in found if d.code == "W202" and d.fix)
    deprecated = tuple(d for d in found if d.code == "W203")
    return Respelling(_edited(source.text, _edits(source.text, changed)), changed, deprecated)


def _told(own: Node, layers: list[Node], registry: Registry) -> tuple[Diagnostic, ...]:
    """What validation says of a layer by itself, but for the choice of distributions, which any layer may make."""
    chosen = merge(layers, slots(registry)).at(("plugins",))
    entries = {**(own.table or {}), **({"plugins": chosen} if chosen else {})}
    try:
        return resolve(Node(entries, own.key, own.place), registry).warnings
    except SpecError as error:
        return error.diagnostics


def _edits(text: str, changed: tuple[Diagnostic, ...]) -> list[_Edit]:
    """What to write where: a key wherever it is written, or a part that is named by a bare text."""
    paths = {location.key: path for path, location in locate(text).items()}
    written = spellings(text)
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def offsets(span: Span) -> tuple[int, int]:
        return starts[span.line - 1] + span.column - 1, starts[span.end_line - 1] + span.end_column - 1

    edits: list[_Edit] = []
    for diagnostic in changed:
        assert diagnostic.place is not None  # noqa: S101 - it stands in this text
        span = diagnostic.place.span
        extents = written.get(paths.get(span, ()), [offsets(span)])
        edits += [(start, end, _quoted(diagnostic.fix, text[start])) for start, end in extents]
    return edits


def _quoted(name: str, first: str) -> str:
    """A name as the text has it, in quotes or bare."""
    quote = first if first in "\"'" else "" if _BARE.fullmatch(name) else '"'
    return f"{quote}{name}{quote}"


def _edited(text: str, edits: list[_Edit]) -> str:
    for start, end, name in sorted(set(edits), reverse=True):
        text = text[:start] + name + text[end:]
    return text
