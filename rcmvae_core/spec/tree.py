"""A spec as a tree of values that each know where they came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import attrs

from rcmvae_core.errors import Place, Source
from rcmvae_core.spec.locate import Location, Path


@attrs.frozen
class Node:
    """A value of a spec.

    Args:
        value: a scalar, a tuple of nodes, or a mapping of names to nodes.
        key: where its name stands.
        place: where its value stands; for a table, its header.
    """

    value: Any
    key: Place
    place: Place

    @property
    def table(self) -> dict[str, Node] | None:
        """The entries of a table; None for anything else."""
        return self.value if isinstance(self.value, dict) else None

    @property
    def plain(self) -> Any:
        """The value without places, as plain Python objects."""
        if isinstance(self.value, dict):
            return {name: node.plain for name, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain for node in self.value]
        return self.value

    def at(self, path: Path) -> Node | None:
        """The node below, or None."""
        node = self
        for step in path:
            value, found = node.value, None
            if isinstance(value, dict):
                found = value.get(step)
            elif isinstance(value, tuple) and isinstance(step, int) and step < len(value):
                found = value[step]
            if found is None:
                return None
            node = found
        return node


def build(data: Any, source: Source, locations: Mapping[Path, Location], whole: Place) -> Node:
    """Join what tomli read with what the locator found."""

    def node(value: Any, path: Path) -> Node:
        location = locations.get(path)
        key = Place(source, location.key) if location else whole
        place = Place(source, location.value) if location else whole
        if isinstance(value, dict):
            return Node({name: node(child, (*path, name)) for name, child in value.items()}, key, place)
        if isinstance(value, list):
            return Node(tuple(node(child, (*path, i)) for i, child in enumerate(value)), key, place)
        return Node(value, key, place)

    return node(data, ())


class Slot(NamedTuple):
    """A table that names a part: its own keys beside the part's name, how many parts it may name, and older names."""

    keys: frozenset[str] = frozenset()
    many: bool = False
    labelled: bool = False
    older: Mapping[str, str] = {}


Slots = Mapping[tuple[str, ...], Slot]
_VALUE = Slot()


def merge(layers: list[Node], slots: Slots) -> Node:
    """Lay later layers over earlier ones, key by key; naming another part in a slot replaces the part."""
    merged = layers[0]
    for layer in layers[1:]:
        merged = _merge_plain(merged, layer, (), slots)
    return merged


def _merge_tables(base: Node, over: Node, child: Callable[[str, Node, Node], Node]) -> Node:
    lower, upper = base.table, over.table
    if lower is None or upper is None:
        return over
    entries = dict(lower)
    for name, node in upper.items():
        entries[name] = child(name, lower[name], node) if name in lower else node
    return Node(entries, over.key, over.place)


def _merge_plain(base: Node, over: Node, path: tuple[str, ...], slots: Slots) -> Node:
    if path in slots:
        return _merge_slot(base, over, slots[path])
    return _merge_tables(base, over, lambda name, a, b: _merge_plain(a, b, (*path, name), slots))


def as_table(node: Node) -> Node:
    """A bare name in a slot stands for that part with its defaults."""
    if isinstance(node.value, str):
        return Node({node.value: Node({}, node.place, node.place)}, node.key, node.place)
    return node


def _respelt(base: Node, over: Node, older: Mapping[str, str]) -> Node:
    """The lower layer with parts named as the upper one names them, be that an older name or the new one."""
    if base.table is None or over.table is None:
        return base
    upper = {older.get(name, name): name for name in over.table}
    entries = {upper.get(older.get(name, name), name): node for name, node in base.table.items()}
    return Node(entries, base.key, base.place) if len(entries) == len(base.table) else base


def _merge_slot(base: Node, over: Node, slot: Slot) -> Node:
    if slot.labelled:
        return _merge_tables(base, over, lambda _, a, b: _merge_slot(a, b, slot._replace(labelled=False)))
    base, over = as_table(base), as_table(over)
    base = _respelt(base, over, slot.older)
    if base.table is not None and over.table is not None and not slot.many:
        named = {
            name for name, node in over.table.items() if name not in slot.keys and node.table is not None
        }
        if named:
            kept = {name: n for name, n in base.table.items() if name in slot.keys or name in named}
            base = Node(kept, base.key, base.place)

    def child(name: str, a: Node, b: Node) -> Node:
        # Below a part's name every table is itself the slot of a nested part, such as a schedule.
        if name in slot.keys:
            return _merge_slot(a, b, _VALUE) if a.table is not None and b.table is not None else b
        return _merge_tables(a, b, lambda _, c, d: _merge_slot(c, d, _VALUE) if c.table and d.table else d)

    return _merge_tables(base, over, child)
