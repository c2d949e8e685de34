"""Diagnostics gathered over one pass, instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Iterable

from rcmvae_core.errors import Diagnostic, Place
from rcmvae_core.spec.tree import Node
from rcmvae_core.structure import show, type_of


class Faults:
    """What was found so far, each once."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def report(self, diagnostic: Diagnostic) -> None:
        """Add a diagnostic."""
        if diagnostic not in self.found:
            self.found.append(diagnostic)

    def add(self, code: str, message: str, place: Place, help_: Iterable[str] = ()) -> None:
        """Add a diagnostic made of its fields."""
        self.report(Diagnostic(code, message, place, help=tuple(help_)))

    @property
    def failed(self) -> bool:
        """Whether an error is among them."""
        return any(d.severity == "error" for d in self.found)

    def ordered(self) -> tuple[Diagnostic, ...]:
        """All of them, in the order of the text."""

        def position(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
            place = diagnostic.place
            if place is None:
                return ("", 0, 0, "")
            return (place.source.name, place.span.line, place.span.column, diagnostic.code)

        return tuple(sorted(self.found, key=position))

    def table_of(self, node: Node, what: str) -> dict[str, Node]:
        """The entries of a table; a fault and no entries when it is none."""
        if node.table is None:
            self.add("E206", f"{what} must be a table, got {type_of(node)}: {show(node.plain)}", node.place)
        return node.table or {}
