"""Collects diagnostics over one pass, so that a user sees every error and not only the first."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager

import attrs

from rcmvae_core.errors import Diagnostic, Place, Span
from rcmvae_core.spec.messages import describe
from rcmvae_core.spec.tree import Node


def _key(diagnostic: Diagnostic) -> tuple[str, str, Span | None]:
    return diagnostic.code, diagnostic.message, diagnostic.place.span if diagnostic.place else None


class ErrorCollector:
    """Diagnostics of one pass, each once.

    Args:
        diagnostics: those of an earlier pass.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self.diagnostics: list[Diagnostic] = list(diagnostics)
        self._seen = {_key(each) for each in self.diagnostics}

    def report(self, diagnostic: Diagnostic) -> None:
        """Add a diagnostic, unless it was added before."""
        # A file can have an error in each of 50,000 lines, and comparing them all takes minutes.
        key = _key(diagnostic)
        if key not in self._seen or diagnostic not in self.diagnostics:
            self._seen.add(key)
            self.diagnostics.append(diagnostic)

    def add(self, code: str, message: str, place: Place, help_: Iterable[str] = ()) -> None:
        """Add a diagnostic made of its fields.

        Args:
            code: as of a `Diagnostic`.
            message: as of a `Diagnostic`.
            place: as of a `Diagnostic`.
            help_: as of a `Diagnostic`.
        """
        self.report(Diagnostic(code, message, place, help=tuple(help_)))

    @contextmanager
    def adding_help(self, help_: Iterable[str]) -> Generator[None]:
        """Add help to every error of the block."""
        before, lines = len(self.diagnostics), tuple(help_)
        yield
        self.diagnostics[before:] = [
            attrs.evolve(d, help=(*d.help, *(line for line in lines if line not in d.help)))
            if d.severity == "error"
            else d
            for d in self.diagnostics[before:]
        ]

    @property
    def count(self) -> int:
        """How many of the diagnostics are errors."""
        return sum(d.severity == "error" for d in self.diagnostics)

    def ordered(self) -> tuple[Diagnostic, ...]:
        """Return all diagnostics in the order of the text."""

        def position(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
            place = diagnostic.place
            if place is None:
                return ("", 0, 0, "")
            return (place.source.name, place.span.line, place.span.column, diagnostic.code)

        return tuple(sorted(self.diagnostics, key=position))

    def table_of(self, node: Node, name: str) -> dict[str, Node]:
        """Return the entries of a table; for any other value report E206 and return no entries.

        Args:
            node: the value.
            name: what the message calls it, such as `[plugins]`.
        """
        if node.table is None:
            self.add("E206", f"`{name}` must be a table, got {describe(node)}", node.place)
        return node.table or {}
