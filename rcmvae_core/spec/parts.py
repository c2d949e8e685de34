"""Reads the tables of a normalised spec: the core's own, and those that name plugins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs

from rcmvae_core.plugin.core_tables import CORE_TABLES
from rcmvae_core.plugin.declaration import Kind, Plugin
from rcmvae_core.plugin.parameters import fields
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.spec import capabilities
from rcmvae_core.spec.claims import offers
from rcmvae_core.spec.messages import show, type_of
from rcmvae_core.spec.parameter_reader import ParameterReader
from rcmvae_core.spec.tree import Node

_LABEL = re.compile(r"[A-Za-z_][\w-]*")
_RESERVED_LABELS = frozenset({"total", "accuracy"})


def read_core_table(name: str, root: Node, reader: ParameterReader) -> Any:
    """Read a table of the core's own parameters, `[latent]` or `[train]`.

    Args:
        name: the table's name.
        root: the spec.
        reader: reads its parameters.

    Returns:
        The record; None if it has an error.
    """
    node = root.at((name,)) or Node({}, root.key, root.place)
    kinds = {kind.path[1] for kind in reader.registry.kinds.values() if kind.path[:-1] == (name,)}
    if not isinstance(node.value, dict):
        reader.errors.table_of(node, f"[{name}]")
        return None
    entries = {key: child for key, child in node.value.items() if key not in kinds}
    return reader.record(CORE_TABLES[name], entries, f"`[{name}]`", node.place)


def read_slot(kind: Kind, root: Node, reader: ParameterReader) -> tuple[ResolvedPart, ...]:
    """Read the plugins that a spec names in a kind's table.

    Args:
        kind: the kind.
        root: the spec.
        reader: reads the plugins.

    Returns:
        The plugins without errors.
    """
    node, parent = root.at(kind.path), root.at(kind.path[:-1])
    if node is None and kind.slot == "one":
        reader.unreadable.add(kind.name)
        if parent is None or parent.table is not None:  # else that is the error
            message = f"the spec names no {kind.name}: `[{kind.table}.NAME]` is missing"
            reader.errors.add("E210", message, root.place, offers(kind.name, reader.registry))
    if node is None:
        return ()
    if kind.slot == "labelled":
        return _read_labelled(kind, node, reader)
    return reader.plugins(kind, node, f"[{kind.table}]")


def _read_labelled(kind: Kind, node: Node, reader: ParameterReader) -> tuple[ResolvedPart, ...]:
    """Read the plugins of a kind whose table holds labels.

    Args:
        kind: the kind.
        node: its table.
        reader: reads the plugins.

    Returns:
        The plugins without errors.
    """
    errors_before, parts = reader.errors.count, list[ResolvedPart]()
    for label, child in reader.errors.table_of(node, f"[{kind.table}]").items():
        if not _LABEL.fullmatch(label) or label in _RESERVED_LABELS:
            help_ = ["a label names a metric: letters, digits, `_` and `-`; `total` and `accuracy` are taken"]
            reader.errors.add("E212", f"{show(label)} cannot be a label", child.key, help_)
        elif not isinstance(child.value, dict):
            where = f"{kind.table}.{label}"
            message = f"`{where}` must be a table that names a {kind.name}, got {type_of(child)}"
            reader.errors.add("E206", message, child.place, offers(kind.name, reader.registry))
        else:
            parts += reader.plugins(kind, child, f"[{kind.table}.{label}]", label)
    if reader.errors.count > errors_before:
        reader.unreadable.add(kind.name)
    return tuple(parts)


def read_defaults(
    kind: Kind, root: Node, provided: Mapping[str, Any], reader: ParameterReader
) -> tuple[ResolvedPart, ...]:
    """Return the plugins of a kind whose table a spec leaves out: all of `Registry.defaults` that fit.

    Args:
        kind: the kind.
        root: the spec.
        provided: the capability tokens that the spec's other parts provide.
        reader: reads the plugins.
    """
    registry, empty = reader.registry, Node({}, root.key, root.place)
    parts: list[ResolvedPart] = []
    for registered in registry.defaults(kind.name):
        plugin = registered.plugin
        if plugin.deprecated:
            continue
        # The tokens of the declaration come first, since parameters have to be imported.
        if not capabilities.met(plugin, provided) or _requires_parameters(plugin, registry):
            continue
        part = reader.parameters(kind, registered, empty)
        if part is not None and capabilities.met(part.capabilities(), provided):
            parts.append(attrs.evolve(part, place=None))
    return tuple(parts)


def _requires_parameters(plugin: Plugin, registry: Registry) -> bool:
    try:
        return any(field.required for field in fields(registry.parameters(plugin)).values())
    except Exception:  # noqa: BLE001 - a broken plugin does not fit either
        return True
