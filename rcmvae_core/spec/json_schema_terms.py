"""Writes the terms of JSON Schemas of specs: types with bounds, tables and choices."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Union, get_args, get_origin

from rcmvae_core.plugin.duration import DURATION, Duration
from rcmvae_core.plugin.parameters import Field, Param
from rcmvae_core.spec.write import plain

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
    """Return a schema whose open objects say so: tombi allows no other keys where `additionalProperties` is missing."""
    terms: Schema = {}
    for word, value in schema_.items():
        if word in ("properties", "definitions"):
            terms[word] = {name: opened(inner) for name, inner in value.items()}
        elif word in ("anyOf", "oneOf", "allOf"):
            terms[word] = [opened(inner) for inner in value]
        elif word in ("items", "not", "if", "else", "additionalProperties") and isinstance(value, dict):
            terms[word] = opened(value)
        elif word == "items" and isinstance(value, list):
            terms[word] = [opened(inner) for inner in value]
        else:
            terms[word] = value
    closed = {"type", "enum", "$ref", "additionalProperties"}
    return terms if closed & terms.keys() else {**terms, "additionalProperties": True}


def closed_object(properties: Schema, description: str = "") -> Schema:
    """Return the schema of a table with these keys and no others."""
    described = {"description": description} if description else {}
    return {**described, "type": "object", "additionalProperties": False, "properties": properties}


def bounds(rule: Param) -> Schema:
    """Return the bounds and choices of a parameter's rule."""
    terms = {
        "minimum": rule.ge,
        "exclusiveMinimum": rule.gt,
        "maximum": rule.le,
        "exclusiveMaximum": rule.lt,
        "enum": rule.choices and list(rule.choices),
    }
    return {name: value for name, value in terms.items() if value is not None}


def typed(type_: Any, rule: Param) -> Schema:
    """Return the schema of a type with the bounds of its parameter, which apply to each element of a list or a table."""
    arguments = get_args(type_)
    if get_origin(type_) in (Union, types.UnionType):
        choices = [typed(choice, rule) for choice in arguments if choice is not type(None)]
        return any_of(choices)
    if get_origin(type_) is Literal:
        return {"enum": list(arguments)}
    if get_origin(type_) is dict:
        return {"type": "object", "additionalProperties": typed(arguments[1], rule)}
    if get_origin(type_) is not tuple:
        return {**_SCALARS.get(type_, {}), **bounds(rule)}
    if arguments[-1] is Ellipsis:
        length = {"minItems": rule.min_length} if rule.min_length is not None else {}
        return {"type": "array", "items": typed(arguments[0], rule), **length}
    items = [typed(argument, rule) for argument in arguments]
    return {"type": "array", "items": items, "minItems": len(items), "maxItems": len(items)}


def about(field: Field) -> Schema:
    """Return description and default of a parameter."""
    rule = field.rule
    notes = [rule.doc, rule.deprecated and f"Deprecated: {rule.deprecated}"]
    description: Schema = {"description": " ".join(note for note in notes if note)}
    default = None if field.required else plain(field.default, {})
    return description | (
        {"default": default} if isinstance(default, int | float | str | list | dict) else {}
    )


def any_of(choices: list[Schema]) -> Schema:
    """Return the schema that accepts what any of several accept; a single one as it is."""
    return choices[0] if len(choices) == 1 else {"anyOf": choices}


def put_below(root: Schema, path: Iterable[str], schema_: Schema) -> None:
    """Put the schema of a table at its path, with closed tables in between.

    Args:
        root: the schema of the whole document.
        path: the table's path.
        schema_: the table's schema.
    """
    *parents, last = path
    for step in parents:
        root = root.setdefault("properties", {}).setdefault(step, closed_object({}))
    root.setdefault("properties", {})[last] = schema_
