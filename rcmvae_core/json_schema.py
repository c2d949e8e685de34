"""A JSON Schema (draft 07) of specs, made from what is installed, for editors that complete and check TOML.

The body describes any layer: nothing is obligatory in it, since a file that extends another may hold a single
key. What a whole spec must have stands under `else`, for files without `extends`. Capability tokens, durations'
limits and rules of a plugin's own are beyond it: `rcmvae validate` has the last word.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import attrs

from rcmvae_core.declarations import Kind, load_object
from rcmvae_core.params import Field, fields
from rcmvae_core.registry import Registered, Registry
from rcmvae_core.schema_terms import Schema, about, any_of, bounds, closed_object, opened, put_below, typed
from rcmvae_core.tables import LatentTable, TrainTable

_TEXT: Schema = {"type": "string"}
_SEED: Schema = {"type": "integer", "minimum": 0, "exclusiveMaximum": 2**32}
_TOP: Mapping[str, Schema] = {
    "rcmvae": {"type": "string", "description": 'Versions of rcmvae it is for, such as ">=0.1".'},
    "name": {"type": "string", "pattern": r"^\w[\w.-]{0,79}$", "description": "The run's name."},
    "extends": {"type": "array", "items": _TEXT, "description": "Files that this one is laid over."},
    "seeds": {"type": "array", "items": _SEED, "minItems": 1, "uniqueItems": True, "default": [0],
              "description": "A result for each."},
}  # fmt: skip


def schema(registry: Registry) -> Schema:
    """The schema of specs that may name what a registry holds."""
    writer = _Writer(registry)
    # A kind inside parameters names one part, whatever its own table may hold.
    nested = [attrs.evolve(kind, slot="one", keys=None) for kind in registry.kinds.values()]
    whole = {f"{kind.name}.whole": writer.whole_slot(kind) for kind in nested if writer.is_nested(kind)}
    made: Schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "rcmvae spec",
        **writer.body(),
        "if": {"required": ["extends"]},
        "else": writer.whole(),
        "definitions": {kind.name: writer.slot(kind) for kind in nested if writer.is_nested(kind)} | whole,
    }
    return opened(made)


class _Writer:
    """Schemas of the parts of one registry."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.tables = [kind for kind in registry.kinds.values() if kind.table]
        records = [
            cls for kind in registry.kinds.values() for found in self.parts(kind).values() for _, cls in found
        ]
        self.nested = {field.rule.kind for cls in records for field in fields(cls).values()}

    def is_nested(self, kind: Kind) -> bool:
        """Whether a parameter may be a part of this kind."""
        return not kind.table or kind.name in self.nested

    def body(self) -> Schema:
        """What any layer may hold."""
        names = {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": _TEXT}}
        prefer = {
            **names,
            "description": "Which distribution a name is taken from: kind, name, distribution.",
        }
        tables: Schema = {
            **_TOP,
            "plugins": closed_object({"prefer": prefer}),
            "latent": closed_object(self.properties(LatentTable), "Sizes of the latent space."),
            "train": closed_object(self.properties(TrainTable), "How long, and in which batches."),
        }
        root = closed_object(tables)
        for kind in self.tables:
            put_below(root, kind.path, self.slot(kind))
        return root

    def whole(self) -> Schema:
        """What a spec that extends nothing must have."""
        latent, train = self.needs(LatentTable), self.needs(TrainTable)
        root: Schema = {"required": ["latent", "train"], "properties": {"latent": latent, "train": train}}
        for kind in self.tables:
            parents, last = root, kind.path[-1]
            for step in kind.path[:-1]:
                parents = parents.setdefault("properties", {}).setdefault(step, {})
            parents.setdefault("properties", {})[last] = self.whole_slot(kind)
            if kind.slot == "one" or kind.name == "loss":
                parents.setdefault("required", []).append(last)
        return root

    def properties(self, cls: type) -> Schema:
        """The parameters of a record, under their older spellings too."""
        found: Schema = {}
        for name, field in fields(cls).items():
            described = {**self.value(field), **about(field)}
            older = {"description": f"Now called `{name}`.", "deprecated": True}
            found |= {name: described} | {old: {**described, **older} for old in field.rule.renamed_from}
        return found

    def value(self, field: Field) -> Schema:
        """A parameter's value: typed, or a part."""
        if field.rule.kind is None:
            return typed(field.type, field.rule)
        kind = self.registry.kinds[field.rule.kind]
        part = {"$ref": f"#/definitions/{kind.name}"}
        plugin, _, parameter = (kind.shorthand or "").partition(".")
        bare = [
            {**typed(known[parameter].type, known[parameter].rule), **bounds(field.rule)}
            for _, known in self.claims(kind, plugin)
            if parameter in known
        ]
        return {"anyOf": [*bare, part]} if bare else {"anyOf": [part]}

    def claims(self, kind: Kind, name: str) -> list[tuple[Registered, dict[str, Field]]]:
        """The plugins of a name whose parameters can be read; `plugins doctor` tells of the others."""
        found: list[tuple[Registered, dict[str, Field]]] = []
        for registered in self.registry.claims(kind.name, name):
            with suppress(Exception):
                found.append((registered, fields(self.registry.parameters(registered.plugin))))
        return found

    def parts(self, kind: Kind) -> dict[str, list[tuple[Registered, type]]]:
        """The classes of parameters behind each name that a spec may use, older names included."""
        found: dict[str, list[tuple[Registered, type]]] = {}
        for name in self.registry.names(kind.name):
            usable = [(r, load_object(r.plugin.params)) for r, _ in self.claims(kind, name)]
            older = {old for r, _ in usable for old in r.plugin.renamed_from} - set(
                self.registry.names(kind.name)
            )
            if usable:
                found |= dict.fromkeys((name, *sorted(older)), usable)
        return found

    def slot(self, kind: Kind) -> Schema:
        """A table that names parts of a kind, in any layer."""
        if kind.slot == "labelled":
            named = self.named(kind)
            return {"description": kind.summary, "type": "object", "additionalProperties": named}
        bare = {"type": "string", "enum": sorted(self.parts(kind))}
        return {"description": kind.summary, "anyOf": [self.named(kind), bare]}

    def named(self, kind: Kind) -> Schema:
        """The table with the core's own keys and the parts' names."""
        keys = self.properties(load_object(kind.keys)) if kind.keys else {}
        parts = {name: self.part(name, found) for name, found in self.parts(kind).items()}
        table = closed_object({**parts, **keys}, kind.summary)
        given = [{"required": [name]} for name in parts]
        return (
            table
            if kind.slot == "many" or not given
            else {**table, "oneOf": [*given, {"not": {"anyOf": given}}]}
        )

    def part(self, name: str, found: list[tuple[Registered, type]]) -> Schema:
        """The parameters of a part; more than one table when several distributions claim the name."""
        tables = [closed_object(self.properties(cls), registered.plugin.summary) for registered, cls in found]
        table = any_of(tables)
        plugin = found[0][0].plugin
        note = plugin.deprecated or (name != plugin.name and f"Now called `{plugin.name}`.")
        return {**table, "description": f"{plugin.summary} {note}", "deprecated": True} if note else table

    def needs(self, cls: type) -> Schema:
        """The parameters that a record must be given, and those of the parts in it."""
        known = fields(cls)
        spellings = [[name, *f.rule.renamed_from] for name, f in known.items() if f.required]
        nested = {
            name: {
                "anyOf": [
                    {"not": {"type": ["object", "string"]}},
                    {"$ref": f"#/definitions/{field.rule.kind}.whole"},
                ]
            }
            for name, field in known.items()
            if field.rule.kind is not None
        }
        plainly = [names[0] for names in spellings if len(names) == 1]
        either = [
            {"anyOf": [{"required": [name]} for name in names]} for names in spellings if len(names) > 1
        ]
        found: Schema = {"required": plainly, "allOf": either, "properties": nested}
        return {word: value for word, value in found.items() if value}

    def whole_slot(self, kind: Kind) -> Schema:
        """What a slot must have in a spec that extends nothing."""
        needs = {name: [self.needs(cls) for _, cls in found] for name, found in self.parts(kind).items()}
        parts = {name: any_of(found) for name, found in needs.items() if all(found)}
        keys = self.needs(load_object(kind.keys)) if kind.keys else {}
        rules = [rule for rule in (keys, {"properties": parts} if parts else {}) if rule]
        if kind.slot in ("one", "labelled"):
            named = [{"type": "object", "required": [name]} for name in needs]
            rules.append({"anyOf": [{"enum": sorted(self.bare(kind))}, *named]})
        table: Schema = rules[0] if len(rules) == 1 else {"allOf": rules} if rules else {}
        return {"additionalProperties": table, "minProperties": 1} if kind.slot == "labelled" else table

    def bare(self, kind: Kind) -> set[str]:
        """The parts that need no parameters, and so may be named by a bare text."""
        return {
            name
            for name, found in self.parts(kind).items()
            if not all(any(field.required for field in fields(cls).values()) for _, cls in found)
        }
