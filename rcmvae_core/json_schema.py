"""A JSON Schema (draft 07) of specs, made from what is installed, for editors that complete and check TOML.

The body describes any layer: nothing is obligatory in it, since a file that extends another may hold a single
key. What a whole spec must have stands under `else`, for files without `extends`. Capability tokens, durations'
limits and rules of a plugin's own are beyond it: `rcmvae validate` has the last word.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from rcmvae_core.declarations import Kind, load_object
from rcmvae_core.params import DURATION, Duration, Field, Param, fields
from rcmvae_core.registry import Registered, Registry
from rcmvae_core.resolved_toml import plain
from rcmvae_core.tables import LatentTable, TrainTable

Schema = dict[str, Any]

_SCALARS: Mapping[Any, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    Duration: {
        "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": f"^{DURATION.pattern}$"}]
    },
}
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
    return _opened(made)


def _opened(schema_: Schema) -> Schema:
    """The same, and rules that speak of some keys say that there may be others: tombi takes silence for a no."""
    found: Schema = {}
    for word, value in schema_.items():
        if word in ("properties", "definitions"):
            found[word] = {name: _opened(inner) for name, inner in value.items()}
        elif word in ("anyOf", "oneOf", "allOf"):
            found[word] = [_opened(inner) for inner in value]
        elif word in ("items", "not", "if", "else", "additionalProperties") and isinstance(value, dict):
            found[word] = _opened(value)
        elif word == "items" and isinstance(value, list):
            found[word] = [_opened(inner) for inner in value]
        else:
            found[word] = value
    closed = {"type", "enum", "$ref", "additionalProperties"}
    return found if closed & found.keys() else {**found, "additionalProperties": True}


def _object(properties: Schema, description: str = "") -> Schema:
    described = {"description": description} if description else {}
    return {**described, "type": "object", "additionalProperties": False, "properties": properties}


def _bounds(rule: Param) -> Schema:
    found = {
        "minimum": rule.ge,
        "exclusiveMinimum": rule.gt,
        "maximum": rule.le,
        "exclusiveMaximum": rule.lt,
        "enum": rule.choices and list(rule.choices),
    }
    return {name: value for name, value in found.items() if value is not None}


def _typed(type_: Any, rule: Param) -> Schema:
    """A type under the bounds of its parameter, which hold for each element of a list."""
    arguments = get_args(type_)
    if get_origin(type_) in (Union, types.UnionType):
        choices = [_typed(choice, rule) for choice in arguments if choice is not type(None)]
        return _any_of(choices)
    if get_origin(type_) is Literal:
        return {"enum": list(arguments)}
    if get_origin(type_) is not tuple:
        return {**_SCALARS.get(type_, {}), **_bounds(rule)}
    if arguments[-1] is Ellipsis:
        fewest = {"minItems": rule.min_length} if rule.min_length is not None else {}
        return {"type": "array", "items": _typed(arguments[0], rule), **fewest}
    items = [_typed(argument, rule) for argument in arguments]
    return {"type": "array", "items": items, "minItems": len(items), "maxItems": len(items)}


def _about(field: Field) -> Schema:
    """Description and default of a parameter."""
    rule = field.rule
    notes = [rule.doc, rule.deprecated and f"Deprecated: {rule.deprecated}"]
    found: Schema = {"description": " ".join(note for note in notes if note)}
    default = None if field.required else plain(field.default, {})
    return found | ({"default": default} if isinstance(default, int | float | str | list | dict) else {})


def _any_of(choices: list[Schema]) -> Schema:
    return choices[0] if len(choices) == 1 else {"anyOf": choices}


def _below(root: Schema, path: Iterable[str], schema_: Schema) -> None:
    """Put a table's schema where its path leads, making the tables on the way."""
    *parents, last = path
    for step in parents:
        root = root.setdefault("properties", {}).setdefault(step, _object({}))
    root.setdefault("properties", {})[last] = schema_


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
            "plugins": _object({"prefer": prefer}),
            "latent": _object(self.properties(LatentTable), "Sizes of the latent space."),
            "train": _object(self.properties(TrainTable), "How long, and in which batches."),
        }
        root = _object(tables)
        for kind in self.tables:
            _below(root, kind.path, self.slot(kind))
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
            described = {**self.value(field), **_about(field)}
            older = {"description": f"Now called `{name}`.", "deprecated": True}
            found |= {name: described} | {old: {**described, **older} for old in field.rule.renamed_from}
        return found

    def value(self, field: Field) -> Schema:
        """A parameter's value: typed, or a part."""
        if field.rule.kind is None:
            return _typed(field.type, field.rule)
        kind = self.registry.kinds[field.rule.kind]
        part = {"$ref": f"#/definitions/{kind.name}"}
        plugin, _, parameter = (kind.shorthand or "").partition(".")
        bare = [
            {**_typed(known[parameter].type, known[parameter].rule), **_bounds(field.rule)}
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
        table = _object({**parts, **keys}, kind.summary)
        given = [{"required": [name]} for name in parts]
        return (
            table
            if kind.slot == "many" or not given
            else {**table, "oneOf": [*given, {"not": {"anyOf": given}}]}
        )

    def part(self, name: str, found: list[tuple[Registered, type]]) -> Schema:
        """The parameters of a part; more than one table when several distributions claim the name."""
        tables = [_object(self.properties(cls), registered.plugin.summary) for registered, cls in found]
        table = _any_of(tables)
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
        parts = {name: _any_of(found) for name, found in needs.items() if all(found)}
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
