"""Defines the tree of a spec, whose values each know their place in the text, and merges trees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import attrs

from rcmvae_core.errors import Place
from rcmvae_core.spec.locate import Location, Path


@attrs.frozen
class Node:
    """A value of a spec.

    Args:
        value: a scalar, a tuple of nodes, or a dict of nodes by name.
        key: the place of its name.
        place: the place of its value; for a table, of its header.
    """

    value: Any
    key: Place
    place: Place

    @property
    def table(self) -> dict[str, Node] | None:
        """The entries of a table; None for any other value."""
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
        """Return the node at a path below this one; None if there is none."""
        node = self
        for step in path:
            value, child = node.value, None
            if isinstance(value, dict):
                child = value.get(step)
            elif isinstance(value, tuple) and isinstance(step, int) and step < len(value):
                child = value[step]
            if child is None:
                return None
            node = child
        return node


def build(value: Any, locations: Mapping[Path, Location], default: Place, path: Path = ()) -> Node:
    """Build a tree from plain data.

    Args:
        value: the data at `path`, as tomli gives it, or a declared default.
        locations: the locations of keys and values by path, in the source of `default`.
        default: the place of every node whose path has no location.
        path: the path of `value`.

    Returns:
        The root of the tree.
    """
    location = locations.get(path, Location(default.span, default.span))
    if isinstance(value, Mapping):
        value = {name: build(child, locations, default, (*path, name)) for name, child in value.items()}
    elif isinstance(value, list | tuple):
        value = tuple(build(child, locations, default, (*path, i)) for i, child in enumerate(value))
    return Node(value, Place(default.source, location.key), Place(default.source, location.value))


class Slot(NamedTuple):
    """How a table that names plugins is merged.

    Args:
        keys: the core's own keys in the table, beside the plugins' names.
        many: whether the table may name several plugins.
        labelled: whether the table holds labels, and each label's table names a plugin.
    """

    keys: frozenset[str] = frozenset()
    many: bool = False
    labelled: bool = False


Slots = Mapping[tuple[str, ...], Slot]
_NESTED = Slot()


def merge(layers: list[Node], slots: Slots) -> Node:
    """Merge normalised layers, later ones over earlier ones; naming another plugin in a slot replaces the plugin.

    Args:
        layers: the layers, lowest first.
        slots: the tables that name plugins, by path.

    Returns:
        The merged tree.
    """
    merged = layers[0]
    for layer in layers[1:]:
        merged = _merge_plain(merged, layer, (), slots)
    return merged


def _merge_tables(base: Node, over: Node, merge_child: Callable[[str, Node, Node], Node]) -> Node:
    """Merge two tables key by key; anything else is replaced, and a table that the upper one calls `false` is removed.

    Args:
        base: the lower node.
        over: the upper node.
        merge_child: called with the name and the two nodes of each key that both tables have.

    Returns:
        The merged table.
    """
    lower, upper = base.table, over.table
    if lower is None or upper is None:
        return over
    entries = dict(lower)
    for name, node in upper.items():
        if name in lower and node.value is False and lower[name].table is not None:
            del entries[name]
        else:
            entries[name] = merge_child(name, lower[name], node) if name in lower else node
    return Node(entries, over.key, over.place)


def _merge_plain(base: Node, over: Node, path: tuple[str, ...], slots: Slots) -> Node:
    """Merge two nodes outside tables of plugins.

    Args:
        base: the lower node.
        over: the upper node.
        path: the path of both.
        slots: as of `merge`.

    Returns:
        The merged node.
    """
    if path in slots:
        return _merge_slot(base, over, slots[path])
    return _merge_tables(base, over, lambda name, a, b: _merge_plain(a, b, (*path, name), slots))


def _merge_slot(base: Node, over: Node, slot: Slot) -> Node:
    """Merge two tables that name plugins.

    Args:
        base: the lower table.
        over: the upper table.
        slot: how they are merged.

    Returns:
        The merged table.
    """
    if slot.labelled:
        return _merge_tables(base, over, lambda _, a, b: _merge_slot(a, b, slot._replace(labelled=False)))
    if base.table is not None and over.table is not None and not slot.many:
        plugins = {
            name for name, node in over.table.items() if name not in slot.keys and node.table is not None
        }
        if plugins:
            kept = {name: n for name, n in base.table.items() if name in slot.keys or name in plugins}
            base = Node(kept, base.key, base.place)

    def merge_child(name: str, a: Node, b: Node) -> Node:
        # Every table among parameters, the core's own or a plugin's, names a nested plugin, such as a schedule.
        if name in slot.keys:
            return _merge_slot(a, b, _NESTED)
        return _merge_tables(a, b, lambda _, c, d: _merge_slot(c, d, _NESTED))

    return _merge_tables(base, over, merge_child)
