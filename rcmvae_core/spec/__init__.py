"""TOML text to a tree of values with positions, overlays, overrides and provenance."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rcmvae_core.errors import Diagnostic, SpecError
from rcmvae_core.spec.load import load, parse, parse_setting
from rcmvae_core.spec.tree import Node, Slot, Slots, merge

__all__ = ["Node", "Slot", "compose", "load", "merge", "parse", "parse_setting"]


def compose(path: Path, settings: Iterable[str], slots: Slots) -> Node:
    """Read a spec with all it extends, and lay the `--set` arguments over it.

    Raises:
        SpecError: with every fault of every file and argument.
    """
    layers: list[Node] = []
    faults: list[Diagnostic] = []
    for read in (lambda: load(path), *(lambda a=argument: [parse_setting(a)] for argument in settings)):
        try:
            layers += read()
        except SpecError as error:
            faults += error.diagnostics
    if faults:
        raise SpecError(faults)
    return merge(layers, slots)
