"""Tables of a spec to parts: which plugin, from which distribution, with which parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs

from rcmvae_core.declarations import Kind, Plugin, claim, load_object
from rcmvae_core.params import Field, fields
from rcmvae_core.registry import Registered, Registry
from rcmvae_core.resolve import capabilities
from rcmvae_core.resolve.faults import Faults
from rcmvae_core.resolve.preamble import Prefer, suspects
from rcmvae_core.resolve.records import Part
from rcmvae_core.spec.tree import Node, as_table
from rcmvae_core.structure import old_name, show, structure, suggest, type_of

_RESERVED_LABELS = frozenset({"total", "accuracy"})


def keys_of(kind: Kind) -> frozenset[str]:
    """The core's own parameters beside a part of this kind, under every name that a spec may use."""
    known = fields(load_object(kind.keys)) if kind.keys else {}
    return frozenset(known).union(*(field.rule.renamed_from for field in known.values()))


class PartReader:
    """Reads parts against a registry; what is wrong goes to `faults`."""

    def __init__(self, root: Node, registry: Registry, prefer: Prefer, faults: Faults) -> None:
        self.root, self.registry, self.prefer, self.faults = root, registry, prefer, faults

    def core_table(self, name: str, cls: type) -> Any:
        """A table that the core reads itself; None when it has a fault."""
        node = self.root.at((name,)) or Node({}, self.root.key, self.root.place)
        inner = {kind.path[1] for kind in self.registry.kinds.values() if kind.path[:-1] == (name,)}
        entries = {k: v for k, v in self.faults.table_of(node, f"`[{name}]`").items() if k not in inner}
        return self._structure(cls, entries, f"`[{name}]`", node)

    def offers(self, kind: str) -> list[str]:
        """Help that names the plugins of a kind."""
        names = ", ".join(f"`{name}`" for name in self.registry.names(kind))
        return [
            f"known {kind} plugins: {names}" if names else f"no {kind} plugin is installed",
            *suspects(self.registry),
        ]

    def _structure(self, cls: type, entries: dict[str, Node], owner: str, node: Node) -> Any | None:
        report, nested = self.faults.report, self._nested
        return structure(cls, entries, owner=owner, here=node.place, report=report, nested=nested)

    def slot(self, kind: Kind) -> tuple[Part, ...]:
        """The parts that a spec names in a kind's table."""
        node = self.root.at(kind.path)
        if node is None:
            if kind.slot == "one":
                self.faults.add("E210", f"the spec names no {kind.name}: `[{kind.table}.NAME]` is missing",
                           self.root.place, self.offers(kind.name))  # fmt: skip
            return ()
        if kind.slot != "labelled":
            return self._named(kind, as_table(node), f"[{kind.table}]")
        parts: list[Part] = []
        for label, child in self.faults.table_of(node, f"`[{kind.table}]`").items():
            if not re.fullmatch(r"[A-Za-z_][\w-]*", label) or label in _RESERVED_LABELS:
                help_ = ["it names a metric: letters, digits, `_` and `-`; `total` and `accuracy` are taken"]
                self.faults.add("E212", f"{show(label)} cannot be a label", child.key, help_)
                continue
            if child.table is None:
                message = (
                    f"`{kind.table}.{label}` must be a table that names a {kind.name}, got {type_of(child)}"
                )
                self.faults.add("E206", message, child.place, self.offers(kind.name))
                continue
            parts += self._named(kind, child, f"[{kind.table}.{label}]", label)
        return tuple(parts)

    def _named(self, kind: Kind, node: Node, where: str, label: str = "") -> tuple[Part, ...]:
        """The parts that one table names, with the core's keys beside them."""
        if node.table is None:
            message = (
                f"`{where}` must be a table that names a {kind.name}, got {type_of(node)}: {show(node.plain)}"
            )
            self.faults.add("E206", message, node.place, self.offers(kind.name))
            return ()
        known = keys_of(kind)
        own = {
            k: v
            for k, v in node.table.items()
            if k in known or (v.table is None and not self._knows(kind.name, k))
        }
        names = {k: v for k, v in node.table.items() if k not in own}
        core = self._keys(kind, own, node, where)
        if len(names) > 1 and kind.slot != "many":
            listed = ", ".join(f"`{name}`" for name in names)
            last = list(names.values())[-1]
            help_ = ["keep one" + ("; another term needs a label of its own" if label else "")]
            self.faults.add(
                "E209", f"`{where}` takes one {kind.name}, but names {len(names)}: {listed}", last.key, help_
            )
        if not names and kind.slot in ("one", "labelled"):
            self.faults.add("E210", f"`{where}` names no {kind.name}", node.place, self.offers(kind.name))
        found: dict[str, Part] = {}
        for name, child in names.items():
            part = self.part(kind, name, child, label, core)
            if part is not None and part.name in found:
                self.faults.add("E209", f"{part} is named twice, once as `{name}`", child.key, ["keep one"])
            elif part is not None:
                found[part.name] = part
        return tuple(found.values())

    def _keys(self, kind: Kind, own: dict[str, Node], node: Node, where: str) -> Any:
        """The core's parameters beside a part; without any, what stands there is a fault."""
        if kind.keys:
            cls = load_object(kind.keys)
            return self._structure(cls, own, f"`{where}`", node)
        for name, stray in own.items():
            message = f"`{where}` has no parameter `{name}`; those of a part stand in `{where[:-1]}.NAME]`"
            self.faults.add("E205", message, stray.key, self.offers(kind.name))
        return None

    def _knows(self, kind: str, name: str) -> bool:
        return bool(self.registry.claims(kind, name) or self.registry.renamed(kind, name))

    def part(self, kind: Kind, name: str, node: Node, label: str = "", keys: Any = None) -> Part | None:
        """One part from the table of its parameters; None when it has a fault."""
        registered = self._registered(kind, name, node)
        if registered is None:
            return None
        plugin = registered.plugin
        owner = f"{kind.name} `{plugin.name}`"
        if plugin.deprecated:
            self.faults.add("W203", f"{owner} is deprecated", node.key, [plugin.deprecated])
        if node.table is None:
            message = f"parameters of {owner} must be a table, got {type_of(node)}: {show(node.plain)}"
            self.faults.add("E206", message, node.place, [f"such as {plugin.name} = {{}}"])
            return None
        try:
            cls = self.registry.parameters(plugin)
            params = self._structure(cls, node.table, owner, node)
            part = None if params is None else Part(registered, params, label, keys, node.key)
            self._try_out(part)
        except Exception as error:  # noqa: BLE001 - the author's fault, told to the user
            message = f"{owner} of {registered.distribution.name} is broken: {type(error).__name__}: {error}".splitlines()[
                0
            ]
            self.faults.add(
                "E211", message, node.key, [f"its parameters are `{plugin.params}`; repair or uninstall it"]
            )
            return None
        return part

    def _try_out(self, part: Part | None) -> None:
        """Call what the parameters' author wrote, so that what it raises is told as the author's fault."""
        if part is None:
            return
        capabilities = part.capabilities()
        provided = [token for text in capabilities.provides for token in claim(text) if token]
        for token in (*provided, *capabilities.requires, *capabilities.conflicts):
            if not self.registry.meaning(token):
                raise ValueError(f"its capabilities name `{token}`, which no kind declares")
        if hasattr(part.params, "extent"):
            _ = part.params.extent()

    def _registered(self, kind: Kind, name: str, node: Node) -> Registered | None:
        claims = self.registry.claims(kind.name, name)
        if not claims and (new := self.registry.renamed(kind.name, name)):
            self.faults.report(old_name(f"{kind.name} `{name}`", new, node.key))
            name, claims = new, self.registry.claims(kind.name, new)
        if not claims:
            broken = next((b for b in self.registry.broken if b.declaration == (kind.name, name)), None)
            if broken is not None:
                why = broken.reason.removeprefix(f"{kind.name} `{name}`: ")
                message = f"{kind.name} `{name}` of {broken.distribution.name} is broken: {why}"
                self.faults.add("E211", message, node.key, [broken.help])
            else:
                help_ = [
                    *suggest(name, self.registry.names(kind.name), f"{kind.name} plugins"),
                    *suspects(self.registry),
                ]
                self.faults.add("E204", f"there is no {kind.name} `{name}`", node.key, help_)
            return None
        wanted = self.prefer.get((kind.name, name))
        if wanted is not None:
            return next(r for r in claims if r.distribution.name == wanted)
        if len(claims) > 1:
            owners = ", ".join(claim.distribution.name for claim in claims)
            help_ = [f'choose: [plugins.prefer.{kind.name}] {name} = "{claims[0].distribution.name}"']
            self.faults.add(
                "E215",
                f"{kind.name} `{name}` is claimed by {len(claims)} distributions: {owners}",
                node.key,
                help_,
            )
            return None
        return next(iter(claims))

    def _nested(self, kind_name: str, field: Field, node: Node, owner: str) -> Part | None:
        """A parameter that is a part itself, such as a schedule; a bare value stands for the kind's shorthand."""
        kind = self.registry.kinds[kind_name]
        if node.table is None and kind.shorthand and not isinstance(node.value, str):
            plugin, _, parameter = kind.shorthand.partition(".")
            node = Node({plugin: Node({parameter: node}, node.key, node.place)}, node.key, node.place)
        node = as_table(node)
        found = self._named(
            attrs.evolve(kind, keys=None, slot="one", table=field.name), node, f"[{field.name}]"
        )
        part = found[0] if len(found) == 1 else None
        if part is not None and hasattr(part.params, "extent"):
            low, high = part.params.extent()
            why = field.rule.violation(low) or field.rule.violation(high)
            if why is not None:
                bad = low if field.rule.violation(low) else high
                message = f"{owner}: `{field.name}` {why}, but {part} reaches {bad:g}"
                self.faults.add("E207", message, node.place, [f"{field.name}: {field.rule.doc}"])
                return None
        return part

    def every(self, kind: Kind, given: Mapping[str, str]) -> tuple[Part, ...]:
        """The parts of a kind whose table a spec leaves out: all that fit with their defaults."""
        here = Node({}, self.root.key, self.root.place)
        parts: list[Part] = []
        for name in self.registry.names(kind.name):
            claims = self.registry.claims(kind.name, name)
            wanted = self.prefer.get((kind.name, name))
            plugin = next((r for r in claims if r.distribution.name == wanted), claims[0]).plugin
            if (len(claims) > 1 and wanted is None) or plugin.deprecated:
                continue
            # What the declaration says comes first: parameters have to be imported.
            if not capabilities.met(plugin, given) or self._needs_parameters(plugin):
                continue
            part = self.part(kind, name, here)
            if part is not None and capabilities.fits(part, given):
                parts.append(attrs.evolve(part, place=None))
        return tuple(parts)

    def _needs_parameters(self, plugin: Plugin) -> bool:
        try:
            return any(field.required for field in fields(self.registry.parameters(plugin)).values())
        except Exception:  # noqa: BLE001 - a broken part is not among those that fit
            return True
