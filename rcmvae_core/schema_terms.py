"""What JSON Schemas of specs are put together from: types under bounds, tables, and choices."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Union, get_args, get_origin

from rcmvae_core.params import DURATION, Duration, Field, Param
from rcmvae_core.resolved_toml import plain

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


def opened(schema_: Schema) -> Schema:
    """The same, and rules that speak of some keys say that there may be others: tombi takes silence for a no."""
    found: Schema = {}
    for word, value in schema_.items():
        if word in ("properties", "definitions"):
            found[word] = {name: opened(inner) for name, inner in value.items()}
        elif word in ("anyOf", "oneOf", "allOf"):
            found[word] = [opened(inner) for inner in value]
        elif word in ("items", "not", "if", "else", "additionalProperties") and isinstance(value, dict):
            found[word] = opened(value)
        elif word == "items" and isinstance(value, list):
            found[word] = [opened(inner) for inner in value]
        else:
            found[word] = value
    closed = {"type", "enum", "$ref", "additionalProperties"}
    return found if closed & found.keys() else {**found, "additionalProperties": True}


def closed_object(properties: Schema, description: str = "") -> Schema:
    """A table of these keys and no other."""
    described = {"description": description} if description else {}
    return {**described, "type": "object", "additionalProperties": False, "properties": properties}


def bounds(rule: Param) -> Schema:
    """What a parameter's rule says of its value."""
    found = {
        "minimum": rule.ge,
        "exclusiveMinimum": rule.gt,
        "maximum": rule.le,
        "exclusiveMaximum": rule.lt,
        "enum": rule.choices and list(rule.choices),
    }
    return {name: value for name, value in found.items() if value is not None}


def typed(type_: Any, rule: Param) -> Schema:
    """A type under the bounds of its parameter, which hold for each element of a list."""
    arguments = get_args(type_)
    if get_origin(type_) in (Union, types.UnionType):
        choices = [typed(choice, rule) for choice in arguments if choice is not type(None)]
        return any_of(choices)
    if get_origin(type_) is Literal:
        return {"enum": list(arguments)}
    if get_origin(type_) is not tuple:
        return {**_SCALARS.get(type_, {}), **bounds(rule)}
    if arguments[-1] is Ellipsis:
        fewest = {"minItems": rule.min_length} if rule.min_length is not None else {}
        return {"type": "array", "items": typed(arguments[0], rule), **fewest}
    items = [typed(argument, rule) for argument in arguments]
    return {"type": "array", "items": items, "minItems": len(items), "maxItems": len(items)}


def about(field: Field) -> Schema:
    """Description and default of a parameter."""
    rule = field.rule
    notes = [rule.doc, rule.deprecated and f"Deprecated: {rule.deprecated}"]
    found: Schema = {"description": " ".join(note for note in notes if note)}
    default = None if field.required else plain(field.default, {})
    return found | ({"default": default} if isinstance(default, int | float | str | list | dict) else {})


def any_of(choices: list[Schema]) -> Schema:
    """One of several; a single one as it is."""
    return choices[0] if len(choices) == 1 else {"anyOf": choices}


def put_below(root: Schema, path: Iterable[str], schema_: Schema) -> None:
    """Put a table's schema where its path leads, making the tables on the way."""
    *parents, last = path
    for step in parents:
        root = root.setdefault("properties", {}).setdefault(step, closed_object({}))
    root.setdefault("properties", {})[last] = schema_
