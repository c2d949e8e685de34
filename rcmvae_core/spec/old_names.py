"""Replaces old names of plugins and parameters in a tree by the current ones, and reports each."""

from __future__ import annotations

from collections.abc import Mapping

from rcmvae_core.plugin.registry import Registry
from rcmvae_core.spec.error_collector import ErrorCollector
from rcmvae_core.spec.messages import renamed
from rcmvae_core.spec.tree import Node


def rename(
    entries: dict[str, Node], current: Mapping[str, str], prefix: str, errors: ErrorCollector
) -> dict[str, Node]:
    """Return a table's entries under current names.

    Args:
        entries: the entries.
        current: the current name by old name.
        prefix: what a message says before an old name.
        errors: receives a W202 for each old name, or an E209 where the entry is given under another name too.
    """
    renamed_entries: dict[str, Node] = {}
    spelling = {name: name for name in entries if name not in current}
    for name, node in entries.items():
        new = current.get(name, name)
        if spelling.setdefault(new, name) != name:
            also = "" if spelling[new] == new else f" as `{spelling[new]}`"
            message = f"{prefix}`{name}` is an old name of `{new}`, which is given too{also}"
            errors.add("E209", message, node.key, [f"remove `{name}`"])
            continue
        if new != name:
            errors.report(renamed(f"{prefix}`{name}`", new, node.key))
        renamed_entries[new] = node
    return renamed_entries


def rename_preferences(layer: Node, registry: Registry, errors: ErrorCollector) -> Node:
    """Return a layer with the current names of plugins in `[plugins.prefer]`.

    Args:
        layer: the layer.
        registry: the installed plugins.
        errors: as of `rename`.
    """
    prefer = layer.at(("plugins", "prefer"))
    if prefer is None or prefer.table is None:
        return layer
    kinds = dict(prefer.table)
    for kind, names in kinds.items():
        if names.table is not None:
            owners = rename(names.table, registry.old_names(kind), f"{kind} ", errors)
            kinds[kind] = Node(owners, names.key, names.place)
    plugins = layer.value["plugins"]
    chosen = {**plugins.value, "prefer": Node(kinds, prefer.key, prefer.place)}
    return Node({**layer.value, "plugins": Node(chosen, plugins.key, plugins.place)}, layer.key, layer.place)
