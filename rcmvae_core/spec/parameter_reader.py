"""Reads plugins and their parameters from normalised tables, nested plugins included."""

from __future__ import annotations

from typing import Any

from rcmvae_core.errors import Place, quoted
from rcmvae_core.plugin.declaration import Kind, Registered, load_object
from rcmvae_core.plugin.parameters import Field, fields
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedPart
from rcmvae_core.spec.capabilities import require_known
from rcmvae_core.spec.claims import offers, report_bare, report_claims, report_strays
from rcmvae_core.spec.convert import Violation, convert
from rcmvae_core.spec.error_collector import ErrorCollector
from rcmvae_core.spec.header import Prefer
from rcmvae_core.spec.messages import describe, page_of, show, suggest
from rcmvae_core.spec.normalise import Normaliser, keys_of
from rcmvae_core.spec.saved import Saved
from rcmvae_core.spec.tree import Node, build


class ParameterReader:
    """Reads tables of plugins against a registry.

    Args:
        registry: the installed plugins.
        prefer: the chosen distribution of each name that several claim.
        errors: receives the errors.
        saved: what is known about a saved spec; None for one that is not saved.

    Attributes:
        unreadable: the kinds with an error in a table of theirs, so that it is unknown what they provide.
    """

    def __init__(
        self, registry: Registry, prefer: Prefer, errors: ErrorCollector, saved: Saved | None = None
    ) -> None:
        self.registry, self.prefer, self.errors, self.saved = registry, prefer, errors, saved
        self.normaliser = Normaliser(registry, prefer, errors)
        self.unreadable: set[str] = set()

    def collecting(self, errors: ErrorCollector) -> ParameterReader:
        """Return a reader whose errors go elsewhere."""
        other = ParameterReader(self.registry, self.prefer, errors, self.saved)
        other.unreadable = self.unreadable
        return other

    def plugins(self, kind: Kind, node: Node, where: str, label: str = "") -> tuple[ResolvedPart, ...]:
        """Read the plugins that one table names, with the core's keys beside them.

        Args:
            kind: the kind.
            node: the table.
            where: the table's header, for messages.
            label: the table's label, where the kind has labels.

        Returns:
            The plugins without errors.
        """
        if not isinstance(node.value, dict):
            self.unreadable.add(kind.name)
            if isinstance(node.value, str):
                report_claims(kind, node.value, (), node.place, registry=self.registry, errors=self.errors)
                return ()
            message = f"`{where}` must be a table that names a {kind.name}, got {describe(node)}"
            self.errors.add("E206", message, node.place, offers(kind.name, self.registry))
            return ()
        errors_before, keys, own_names = self.errors.count, None, keys_of(kind)
        named = {
            name: child
            for name, child in node.value.items()
            if name not in own_names
            and (isinstance(child.value, dict) or self.registry.claims(kind.name, name))
        }
        own = {name: child for name, child in node.value.items() if name not in named}
        if kind.keys:
            keys = self.record(load_object(kind.keys), own, f"`{where}`", node.place)
        elif own:
            report_strays(kind, own, where, registry=self.registry, errors=self.errors)
        if len(named) > 1 and kind.slot != "many":
            message = f"`{where}` takes one {kind.name}, but names {len(named)}: {quoted(named)}"
            help_ = ["keep one" + ("; another term needs a label of its own" if label else "")]
            self.errors.add("E209", message, [*named.values()][-1].key, help_)
        # A key with an error may be the plugin's misspelled name: then a missing name is no second error.
        if not named and kind.slot in ("one", "labelled") and self.errors.count == errors_before:
            help_ = offers(kind.name, self.registry)
            self.errors.add("E210", f"`{where}` names no {kind.name}", node.place, help_)
        parts = [self.plugin(kind, name, child, label, keys) for name, child in named.items()]
        if self.errors.count > errors_before:
            self.unreadable.add(kind.name)
        return tuple(part for part in parts if part is not None)

    def plugin(
        self, kind: Kind, name: str, node: Node, label: str = "", keys: Any = None
    ) -> ResolvedPart | None:
        """Read one plugin from the table of its parameters.

        Args:
            kind: the kind.
            name: the plugin's name.
            node: the table of its parameters.
            label: the label of its table, where the kind has labels.
            keys: the core's parameters from the same table, if the kind has any.

        Returns:
            The plugin with its parameters; None if it has an error.
        """
        candidates = self.registry.candidates(kind.name, name, self.prefer)
        with self.errors.adding_help([] if self.saved is None else self.saved.help(kind.name, name)):
            if len(candidates) == 1:
                return self.parameters(kind, candidates[0], node, label, keys)
            report_claims(kind, name, candidates, node.key, registry=self.registry, errors=self.errors)
            return None

    def parameters(
        self, kind: Kind, registered: Registered, node: Node, label: str = "", keys: Any = None
    ) -> ResolvedPart | None:
        """Read the parameters of a plugin.

        Args:
            kind: the kind.
            registered: the plugin and its distribution.
            node: as of `plugin`.
            label: as of `plugin`.
            keys: as of `plugin`.

        Returns:
            The plugin with its parameters; None if it has an error.
        """
        plugin, distribution = registered
        name = plugin.name
        owner = f"{kind.name} `{name}`"
        if plugin.deprecated:
            self.errors.add("W203", f"{owner} is deprecated", node.key, [plugin.deprecated])
        if not isinstance(node.value, dict):
            message = f"parameters of {owner} must be a table, got {describe(node)}"
            self.errors.add("E206", message, node.place, [f"such as {name} = {{}}"])
            return None
        try:
            params = self.record(self.registry.parameters(plugin), node.value, owner, node.place)
            if params is None:
                return None
            part = ResolvedPart(registered, params, label, keys, node.key)
            require_known(part.capabilities(), self.registry)
            if hasattr(params, "extent"):
                params.extent()
        except Exception as error:  # noqa: BLE001 - a plugin's own code may raise anything
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            message = f"{owner} of {distribution.name} is broken: {reason}"
            help_ = [f"its parameters are `{plugin.params}`; repair or uninstall it"]
            self.errors.add("E211", message, node.key, help_)
            return None
        return part

    def record(self, cls: type, entries: dict[str, Node], owner: str, place: Place) -> Any:
        """Read a record of parameters.

        Args:
            cls: its attrs class.
            entries: the table's entries.
            owner: whose parameters they are, for messages.
            place: the table's place.

        Returns:
            The record; None if a parameter has an error.
        """
        known = fields(cls)
        unknown = [name for name in entries if name not in known]
        for name in unknown:
            message, help_ = f"{owner} has no parameter `{name}`", suggest(name, list(known), "parameters")
            self.errors.add("E205", message, entries[name].key, help_)
        missing = [field for field in known.values() if field.required and field.name not in entries]
        for field in missing:
            message = f"{owner} needs `{field.name}`, {field.expected}"
            self.errors.add("E208", message, place, [f"{field.name}: {field.rule.doc}"])
        values: dict[str, Any] = {}
        for name, field in known.items():
            if name in entries:
                if field.rule.deprecated:
                    message = f"{owner}: `{name}` is deprecated"
                    self.errors.add("W203", message, entries[name].key, [field.rule.deprecated])
                values[name] = self._value(field, entries[name], owner)
            elif field.rule.kind and not field.required and field.default is not None:
                kind, default = self.normaliser.nested_kind(field), build(field.default, {}, place)
                values[name] = self._value(field, self.normaliser.slot(kind, default), owner)
        if unknown or missing or any(value is None for value in values.values()):
            return None
        try:
            return cls(**values)
        except (ValueError, TypeError) as error:  # a validator of the plugin's own
            self.errors.add("E207", f"{owner}: {error}", place, page_of(owner))
            return None

    def _table(self, field: Field, cls: type, node: Node, owner: str) -> Any:
        """Read a parameter that is a table of parameters itself.

        Args:
            field: the parameter.
            cls: the attrs class of its table.
            node: the value.
            owner: whose parameter it is, for messages.

        Returns:
            The record; None if it has an error.
        """
        subject = f"{owner}: `{field.name}`"
        if isinstance(node.value, dict):
            return self.record(cls, node.value, subject, node.place)
        help_ = [f"{field.name}: {field.rule.doc}"]
        self.errors.add("E206", f"{subject} must be a table, got {describe(node)}", node.place, help_)
        return None

    def _value(self, field: Field, node: Node, owner: str) -> Any:
        """Read the value of one parameter.

        Args:
            field: the parameter.
            node: the value.
            owner: whose parameter it is, for messages.

        Returns:
            The converted value or the nested plugin; None if it has an error, since TOML has no null.
        """
        if field.record is not None:
            return self._table(field, field.record, node, owner)
        kind = self.normaliser.nested_kind(field) if field.rule.kind else None
        help_, violations = [f"{field.name}: {field.rule.doc}"], list[Violation]()
        if kind is None:
            value = convert(node, field.type, violations)
            bounded = (value,)
        elif kind.shorthand and not isinstance(node.value, dict):
            subject = f"{owner}: `{field.name}`"
            report_bare(kind, node, subject, help_, registry=self.registry, errors=self.errors)
            return None
        else:
            errors_before = self.errors.count
            parts = self.plugins(kind, node, f"[{field.name}]")
            if self.errors.count > errors_before or (not parts and not field.rule.many):
                return None
            value, bounded = (parts, (parts,)) if field.rule.many else (parts[0], ())
            if not field.rule.many and hasattr(parts[0].params, "extent"):
                bounded = parts[0].params.extent()
        for code, message, place in violations:
            self.errors.add(code, f"{owner}: `{field.name}` {message}", place, help_)
        if violations:
            return None
        for element in bounded:
            if rule := field.rule.violation(element):
                is_extent = kind is not None and not field.rule.many
                cause = f"but {value} reaches {element:g}" if is_extent else f"got {show(node.plain)}"
                self.errors.add("E207", f"{owner}: `{field.name}` {rule}, {cause}", node.place, help_)
                return None
        return value
