"""Writes a JSON Schema (draft 07) of specs from the installed plugins, for editors that complete and check TOML.

The body describes any layer and requires nothing, since a file that extends another may contain a single key. What a
complete spec must contain is under `else`, for files without `extends`. Capability tokens, the limits of durations
and a plugin's own rules cannot be expressed: `rcmvae validate` checks them.

It is written by hand because specs are not one model: a name selects the type of its table, a bare value stands for a
table, old names stay valid, and the same table is required in one file and optional in another. pydantic, the usual
generator, would need a second declaration of every parameter, and takes 88 ms to import and to write the schema of a
model with one field; this module writes that of all built-in plugins, 98 kB, in 12 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import attrs

from rcmvae_core.plugin.core_tables import LatentTable, TrainTable
from rcmvae_core.plugin.declaration import Kind, Registered, load_object
from rcmvae_core.plugin.parameters import Field, Param, fields
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.spec.json_schema_terms import (
    Schema,
    about,
    any_of,
    bounds,
    closed_object,
    opened,
    put_below,
    typed,
)

_STRING: Schema = {"type": "string"}
_SEED: Schema = {"type": "integer", "minimum": 0, "exclusiveMaximum": 2**32}
_TOP: Mapping[str, Schema] = {
    "rcmvae": {"type": "string", "description": 'Range of rcmvae versions, such as ">=0.1".'},
    "name": {"type": "string", "pattern": r"^\w[\w.-]{0,79}$", "description": "The run's name."},
    "extends": {"type": "array", "items": _STRING, "description": "Files that this one extends."},
    "seeds": {"type": "array", "items": _SEED, "minItems": 1, "uniqueItems": True, "default": [0],
              "description": "Each gives one trained model."},
}  # fmt: skip


def schema(registry: Registry) -> Schema:
    """Return the schema of specs that can name the plugins of a registry."""
    writer = _Writer(registry)
    nested = writer.nested_kinds()
    document: Schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "rcmvae spec",
        **writer.body(),
        "if": {"required": ["extends"]},
        "else": writer.complete(),
        "definitions": {name: writer.slot(kind) for name, kind in nested.items()}
        | {f"{name}.whole": writer.complete_slot(kind) for name, kind in nested.items()},
    }
    return opened(document)


class _Writer:
    """Writes the schemas of one registry's plugins."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.tables = [kind for kind in registry.kinds.values() if kind.table]
        records = [
            cls
            for kind in registry.kinds.values()
            for claims in self.plugins(kind).values()
            for _, cls in claims
        ]
        rules = [field.rule for cls in records for field in fields(cls).values()]
        self.nested = {_definition(rule) for rule in rules if rule.kind is not None}

    def nested_kinds(self) -> dict[str, Kind]:
        """Return the kinds of plugins that are parameters, by the names of their definitions.

        A parameter names one plugin or many, whatever the kind's own table does, and has none of the core's keys.
        """
        kinds: dict[str, Kind] = {}
        for kind in self.registry.kinds.values():
            one, many = kind.name, f"{kind.name}.many"
            if not kind.table or one in self.nested:
                kinds[one] = attrs.evolve(kind, slot="one", keys=None)
            if many in self.nested:
                kinds[many] = attrs.evolve(kind, slot="many", keys=None)
        return kinds

    def body(self) -> Schema:
        """Return what any layer can contain."""
        names = {
            "type": "object",
            "additionalProperties": {"type": "object", "additionalProperties": _STRING},
        }
        prefer = {
            **names,
            "description": "The distribution that a plugin is taken from, by kind and name.",
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

    def complete(self) -> Schema:
        """Return what a spec that extends nothing must contain."""
        latent, train = self.needs(LatentTable), self.needs(TrainTable)
        root: Schema = {"required": ["latent", "train"], "properties": {"latent": latent, "train": train}}
        for kind in self.tables:
            parents, last = root, kind.path[-1]
            for step in kind.path[:-1]:
                parents = parents.setdefault("properties", {}).setdefault(step, {})
            parents.setdefault("properties", {})[last] = self.complete_slot(kind)
            if kind.slot == "one" or kind.name == "loss":
                parents.setdefault("required", []).append(last)
        return root

    def properties(self, cls: type) -> Schema:
        """Return the parameters of a record, under their old names too."""
        properties: Schema = {}
        for name, field in fields(cls).items():
            described = {**self.value(field), **about(field)}
            note = {"description": f"Now called `{name}`.", "deprecated": True}
            properties |= {name: described} | {old: {**described, **note} for old in field.rule.renamed_from}
        return properties

    def value(self, field: Field) -> Schema:
        """Return the schema of a parameter's value: of its type, or of a plugin."""
        if field.record is not None:
            return closed_object(self.properties(field.record))
        if field.rule.kind is None:
            return typed(field.type, field.rule)
        kind = self.registry.kinds[field.rule.kind]
        plugin, _, parameter = ((not field.rule.many and kind.shorthand) or "").partition(".")
        bare = [
            {**typed(known[parameter].type, known[parameter].rule), **bounds(field.rule)}
            for _, known in self.readable(kind, plugin)
            if parameter in known
        ]
        length = {"minProperties": field.rule.min_length} if field.rule.min_length else {}
        return {"anyOf": [*bare, {"$ref": f"#/definitions/{_definition(field.rule)}"}], **length}

    def readable(self, kind: Kind, name: str) -> list[tuple[Registered, dict[str, Field]]]:
        """Return the plugins of a name whose parameters can be imported; `plugins doctor` reports the others."""
        claims: list[tuple[Registered, dict[str, Field]]] = []
        for registered in self.registry.claims(kind.name, name):
            with suppress(Exception):
                claims.append((registered, fields(self.registry.parameters(registered.plugin))))
        return claims

    def plugins(self, kind: Kind) -> dict[str, list[tuple[Registered, type]]]:
        """Return the plugins with their classes of parameters by each name that a spec can use, old names included."""
        plugins: dict[str, list[tuple[Registered, type]]] = {}
        names = self.registry.names(kind.name)
        for name in names:
            claims = [(r, load_object(r.plugin.params)) for r, _ in self.readable(kind, name)]
            old_names = {old for r, _ in claims for old in r.plugin.renamed_from} - set(names)
            if claims:
                plugins |= dict.fromkeys((name, *sorted(old_names)), claims)
        return plugins

    def slot(self, kind: Kind) -> Schema:
        """Return the schema of a table that names plugins of a kind, in any layer."""
        if kind.slot == "labelled":
            named = self.named(kind)
            return {"description": kind.summary, "type": "object", "additionalProperties": named}
        bare = {"type": "string", "enum": sorted(self.plugins(kind))}
        return {"description": kind.summary, "anyOf": [self.named(kind), bare]}

    def named(self, kind: Kind) -> Schema:
        """Return the schema of a table with the core's own keys and the names of plugins."""
        keys = self.properties(load_object(kind.keys)) if kind.keys else {}
        plugins = {name: self.plugin(name, claims) for name, claims in self.plugins(kind).items()}
        table = closed_object({**plugins, **keys}, kind.summary)
        named = [{"required": [name]} for name in plugins]
        if kind.slot == "many" or not named:
            return table
        return {**table, "oneOf": [*named, {"not": {"anyOf": named}}]}

    def plugin(self, name: str, claims: list[tuple[Registered, type]]) -> Schema:
        """Return the schema of a plugin's parameters; a choice of several if several distributions claim the name."""
        table = any_of([closed_object(self.properties(cls), r.plugin.summary) for r, cls in claims])
        plugin = claims[0][0].plugin
        note = plugin.deprecated or (name != plugin.name and f"Now called `{plugin.name}`.")
        return {**table, "description": f"{plugin.summary} {note}", "deprecated": True} if note else table

    def needs(self, cls: type) -> Schema:
        """Return which parameters a record requires, and those of its nested plugins."""
        known = fields(cls)
        required = [[name, *f.rule.renamed_from] for name, f in known.items() if f.required]
        nested = {
            name: {
                "anyOf": [
                    {"not": {"type": ["object", "string"]}},
                    {"$ref": f"#/definitions/{_definition(field.rule)}.whole"},
                ]
            }
            for name, field in known.items()
            if field.rule.kind is not None
        }
        one_name = [names[0] for names in required if len(names) == 1]
        any_name = [
            {"anyOf": [{"required": [name]} for name in names]} for names in required if len(names) > 1
        ]
        rules: Schema = {"required": one_name, "allOf": any_name, "properties": nested}
        return {word: value for word, value in rules.items() if value}

    def complete_slot(self, kind: Kind) -> Schema:
        """Return what a kind's table must contain in a spec that extends nothing."""
        needs = {name: [self.needs(cls) for _, cls in claims] for name, claims in self.plugins(kind).items()}
        plugins = {name: any_of(choices) for name, choices in needs.items() if all(choices)}
        keys = self.needs(load_object(kind.keys)) if kind.keys else {}
        rules = [rule for rule in (keys, {"properties": plugins} if plugins else {}) if rule]
        if kind.slot in ("one", "labelled"):
            named = [{"type": "object", "required": [name]} for name in needs]
            rules.append({"anyOf": [{"enum": sorted(self.bare(kind))}, *named]})
        table: Schema = rules[0] if len(rules) == 1 else {"allOf": rules} if rules else {}
        return {"additionalProperties": table, "minProperties": 1} if kind.slot == "labelled" else table

    def bare(self, kind: Kind) -> set[str]:
        """Return the names of the plugins without required parameters, which a bare string can name."""
        return {
            name
            for name, claims in self.plugins(kind).items()
            if not all(any(field.required for field in fields(cls).values()) for _, cls in claims)
        }


def _definition(rule: Param) -> str:
    """Return the name of the definition of a parameter's plugins."""
    return f"{rule.kind}.many" if rule.many else rule.kind or ""
