"""Normalises the layers of a spec and merges them: the resolver sees one form of everything that has several.

Old names of plugins and of parameters are replaced by the current ones. A bare plugin name becomes a table without parameters,
and a bare value of a kind with a shorthand, such as a number for a schedule, the table of the shorthand's plugin. Every
node keeps its place in the text. Unknown names are left as they are, for the resolver to report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import attrs

from rcmvae_core.errors import Diagnostic
from rcmvae_core.plugin.core_tables import CORE_TABLES
from rcmvae_core.plugin.declaration import Kind, load_object
from rcmvae_core.plugin.parameters import Field, fields
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.spec.convert import Violation, convert
from rcmvae_core.spec.error_collector import ErrorCollector
from rcmvae_core.spec.header import Prefer, read_prefer
from rcmvae_core.spec.load import load_layers
from rcmvae_core.spec.old_names import rename, rename_preferences
from rcmvae_core.spec.saved import Saved
from rcmvae_core.spec.tree import Node, Slot, merge

Fields = Mapping[str, Field]


class SpecTree(NamedTuple):
    """A spec after normalising and merging.

    Args:
        root: the tree.
        diagnostics: a W202 for each old name, and an E209 for each that is given beside the current one.
    """

    root: Node
    diagnostics: tuple[Diagnostic, ...]


def read_tree(path: Path, overrides: Iterable[str], registry: Registry) -> SpecTree:
    """Read a file with all that it extends, and `--set` arguments over it.

    Args:
        path: the spec.
        overrides: `--set` arguments.
        registry: the installed plugins.

    Returns:
        The merged tree, with the diagnostics of old names.

    Raises:
        SpecError: if a file or an argument cannot be read.
    """
    return normalise(load_layers(path, overrides), registry)


def normalise(layers: Sequence[Node], registry: Registry, saved: Saved | None = None) -> SpecTree:
    """Normalise each layer and merge them.

    Args:
        layers: the layers, lowest first.
        registry: the installed plugins.
        saved: what is known about a saved spec; None for one that is not saved.

    Returns:
        The merged tree, with the diagnostics of old names.
    """
    errors = ErrorCollector()
    slots = {
        kind.path: Slot(frozenset(keys_of(kind)), many=kind.slot == "many", labelled=kind.slot == "labelled")
        for kind in registry.kinds.values()
        if kind.table
    }
    # The parameters of a name depend on the distribution that provides it, which any layer may choose.
    layers = [rename_preferences(layer, registry, errors) for layer in layers]
    prefer = read_prefer(merge(layers, slots).table or {}, registry, ErrorCollector())
    chosen = prefer if saved is None else saved.prefer(registry, prefer)
    normaliser = Normaliser(registry, chosen, errors)
    root = merge([normaliser.layer(layer) for layer in layers], slots)
    return SpecTree(root, tuple(errors.diagnostics))


def keys_of(kind: Kind) -> Fields:
    """Return the core's own parameters in the tables of a kind, beside the plugin."""
    return fields(load_object(kind.keys)) if kind.keys else {}


class Normaliser:
    """Normalises trees against a registry.

    Args:
        registry: the installed plugins.
        prefer: the chosen distribution of each name that several claim.
        errors: receives a diagnostic for each old name.
    """

    def __init__(self, registry: Registry, prefer: Prefer, errors: ErrorCollector) -> None:
        self.registry, self.prefer, self.errors = registry, prefer, errors

    def layer(self, root: Node) -> Node:
        """Normalise one layer of a spec, which need not be complete.

        Returns:
            The normalised layer.
        """
        entries = dict(root.table or {})
        for name, cls in CORE_TABLES.items():
            if name in entries:
                kinds = self._kinds_in((name,))
                entries[name] = self.parameters(entries[name], fields(cls), f"`[{name}]`: ", kinds)
        return self.parameters(Node(entries, root.key, root.place), {}, "", self._kinds_in(()))

    def parameters(
        self, node: Node, known: Fields, prefix: str, kinds: Mapping[str, Kind] | None = None
    ) -> Node:
        """Normalise a table of parameters.

        Args:
            node: the table; anything else is returned as it is.
            known: the declared parameters.
            prefix: what a message says before an old name.
            kinds: the kinds whose tables are among the parameters, by name.

        Returns:
            The normalised table.
        """
        if not isinstance(node.value, dict):
            return node
        old = {name: new for new, field in known.items() for name in field.rule.renamed_from}
        old = {name: new for name, new in old.items() if name not in known}
        entries = dict(node.value)
        if not old.keys().isdisjoint(entries):
            entries = rename(entries, old, prefix, self.errors)
        nested = {name: self.nested_kind(field) for name, field in known.items() if field.rule.kind}
        for name, kind in {**nested, **(kinds or {})}.items():
            if name in entries:
                entries[name] = self.slot(kind, entries[name])
        for name, field in known.items():
            if field.record is not None and name in entries:
                entries[name] = self.parameters(entries[name], fields(field.record), f"{prefix}`{name}`: ")
        return Node(entries, node.key, node.place)

    def slot(self, kind: Kind, node: Node, label: str | None = None) -> Node:
        """Normalise a table that names plugins of a kind, or a bare value that stands for such a table.

        Args:
            kind: the kind; that of a nested plugin as `nested_kind` returns it.
            node: the table or the value.
            label: the table's label; None for all labels of a labelled kind, or without labels.

        Returns:
            The normalised table.
        """
        if kind.slot == "labelled" and label is None:
            if not isinstance(node.value, dict):
                return node
            tables = {name: child for name, child in node.value.items() if isinstance(child.value, dict)}
            labels = {name: self.slot(kind, child, name) for name, child in tables.items()}
            return Node({**node.value, **labels}, node.key, node.place)
        if isinstance(node.value, str) and self._is_plugin(kind, node.value):
            node = Node({node.value: Node({}, node.place, node.place)}, node.key, node.place)
        elif kind.shorthand and not isinstance(node.value, str | dict):
            plugin, _, parameter = kind.shorthand.partition(".")
            field, violations = self.parameters_of(kind, plugin).get(parameter), list[Violation]()
            if field is not None:
                convert(node, field.type, violations)
            if all(violation.code != "E206" for violation in violations):
                node = Node({plugin: Node({parameter: node}, node.key, node.place)}, node.key, node.place)
        keys, where = keys_of(kind), f"{kind.table}.{label}" if label else kind.table
        node = self.parameters(node, keys, f"`[{where}]`: ")
        if not isinstance(node.value, dict):
            return node
        old = {name: new for name, new in self.registry.old_names(kind.name).items() if name not in keys}
        entries = dict(node.value)
        if not old.keys().isdisjoint(entries):
            entries = rename(entries, old, f"{kind.name} ", self.errors)
        for name in [name for name in entries if name not in keys]:
            known = self.parameters_of(kind, name)
            entries[name] = self.parameters(entries[name], known, f"{kind.name} `{name}`: ")
        return Node(entries, node.key, node.place)

    def nested_kind(self, field: Field) -> Kind:
        """Return the kind of nested plugins: one or many, without the core's keys, under the parameter's name."""
        kind, many = self.registry.kinds[field.rule.kind or ""], field.rule.many
        shorthand = None if many else kind.shorthand
        slot = "many" if many else "one"
        return attrs.evolve(kind, slot=slot, keys=None, table=field.name, shorthand=shorthand)

    def parameters_of(self, kind: Kind, name: str) -> Fields:
        """Return a plugin's parameters; none if it is unknown, ambiguous or broken, as the resolver reports."""
        candidates = self.registry.candidates(kind.name, name, self.prefer)
        with suppress(Exception):
            return fields(self.registry.parameters(candidates[0].plugin)) if len(candidates) == 1 else {}
        return {}

    def _is_plugin(self, kind: Kind, name: str) -> bool:
        return bool(self.registry.claims(kind.name, name)) or name in self.registry.old_names(kind.name)

    def _kinds_in(self, table: tuple[str, ...]) -> dict[str, Kind]:
        """Return the kinds whose tables are directly in a table, without shorthands, which only parameters have."""
        return {
            kind.path[-1]: attrs.evolve(kind, shorthand=None)
            for kind in self.registry.kinds.values()
            if kind.table and kind.path[:-1] == table
        }
