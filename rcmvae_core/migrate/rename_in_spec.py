"""Replace former names in a spec by current ones: only names change, and every other byte stays."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from rcmvae_core.errors import Diagnostic, Span, SpecError
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.spec.error_collector import ErrorCollector
from rcmvae_core.spec.load import load
from rcmvae_core.spec.locate import key_extents, locate
from rcmvae_core.spec.normalise import normalise
from rcmvae_core.spec.resolve import resolve_layers
from rcmvae_core.spec.tree import Node

# Errors that can hide a former name. A layer alone may have others, which the layers below it correct.
_BLOCKING = {"E203", "E204", "E205", "E206", "E209", "E211", "E215"}
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_Edit = tuple[int, int, str]


class RenamedSpec(NamedTuple):
    """A spec with current names.

    Args:
        text: the whole file.
        changed: a W202 for each former name.
        deprecated: a W203 for each deprecated plugin or parameter, which only the user can replace.
    """

    text: str
    changed: tuple[Diagnostic, ...]
    deprecated: tuple[Diagnostic, ...]


def update_names(path: Path, registry: Registry) -> RenamedSpec:
    """Replace former names in one file; the files that it extends are read, but not changed.

    Args:
        path: the spec.
        registry: the installed plugins.

    Returns:
        The new text, not yet written.

    Raises:
        SpecError: if a file cannot be read, a name is unknown, or a former name is used beside the current one.
    """
    layers = load(path)
    own = layers[-1]
    source = own.place.source
    diagnostics = [
        d for d in _diagnose(own, layers, registry) if d.place is not None and d.place.source == source
    ]
    errors = [d for d in diagnostics if d.code in _BLOCKING]
    if errors:
        raise SpecError(errors)
    changed = tuple(d for d in diagnostics if d.code == "W202" and d.fix)
    deprecated = tuple(d for d in diagnostics if d.code == "W203")
    return RenamedSpec(_apply(source.text, _edits(source.text, changed)), changed, deprecated)


def _diagnose(own: Node, layers: list[Node], registry: Registry) -> tuple[Diagnostic, ...]:
    """Validate a layer by itself, except that `[plugins]` may be in any layer.

    Args:
        own: the layer.
        layers: all layers, the first one the lowest.
        registry: the installed plugins.

    Returns:
        Errors and warnings.
    """
    tree = normalise(layers, registry)
    chosen = tree.root.at(("plugins",))
    entries = {**(own.table or {}), **({"plugins": chosen} if chosen else {})}
    try:
        alone = resolve_layers([Node(entries, own.key, own.place)], registry).warnings
    except SpecError as error:
        alone = error.diagnostics
    errors = ErrorCollector(tree.diagnostics)
    for diagnostic in alone:
        errors.report(diagnostic)
    return errors.ordered()


def _edits(text: str, changed: tuple[Diagnostic, ...]) -> list[_Edit]:
    """Return the replacements: of a key wherever it is written, or of a string that names a plugin."""
    paths = {location.key: path for path, location in locate(text).items()}
    written = key_extents(text)
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def offsets(span: Span) -> tuple[int, int]:
        return starts[span.line - 1] + span.column - 1, starts[span.end_line - 1] + span.end_column - 1

    edits: list[_Edit] = []
    for diagnostic in changed:
        assert diagnostic.place is not None  # noqa: S101 - its place is in this file
        span = diagnostic.place.span
        extents = written.get(paths.get(span, ()), [offsets(span)])
        edits += [(start, end, _quote(diagnostic.fix, text[start])) for start, end in extents]
    return edits


def _quote(name: str, first: str) -> str:
    """Return a name with the quotes that the text has there, or bare."""
    quote = first if first in "\"'" else "" if _BARE_KEY.fullmatch(name) else '"'
    return f"{quote}{name}{quote}"


def _apply(text: str, edits: list[_Edit]) -> str:
    """Return the text with the replacements, applied from the end so that offsets stay valid."""
    for start, end, name in sorted(set(edits), reverse=True):
        text = text[:start] + name + text[end:]
    return text
