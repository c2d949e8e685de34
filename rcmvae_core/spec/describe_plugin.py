"""Describes plugins and their parameters as plain values, for printing and for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from rcmvae_core.plugin.declaration import Kind, Registered, claim
from rcmvae_core.plugin.docstrings import docstring, sections
from rcmvae_core.plugin.duration import Duration
from rcmvae_core.plugin.parameters import Field, Param, fields
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.spec.capability_conditions import tokens
from rcmvae_core.spec.write import dotted, inline, plain

Facts = dict[str, Any]
_DOCS = {"maths": "", "args": "Args", "returns": "Returns", "raises": "Raises", "source": "Source"}


def of_field(field: Field) -> Facts:
    """Return the documentation and the rules of a parameter, without those that do not apply."""
    rule = field.rule
    default: Facts = (
        {"required": True, "example": example(field)}
        if field.required
        else {"default": plain(field.default, {})}
    )
    rules = {
        "bounds": rule.interval(),
        "min_length": rule.min_length,
        "choices": rule.choices and list(rule.choices),
        "renamed_from": list(rule.renamed_from),
        "deprecated": rule.deprecated,
    }
    return {"type": field.type_name, **default, **{k: v for k, v in rules.items() if v}, "doc": rule.doc}


def of_plugin(registered: Registered, registry: Registry) -> Facts:
    """Return the declaration, documentation and parameters of a plugin, without importing its implementation.

    Raises:
        Exception: whatever the import of the parameters' module raises.
    """
    plugin, owner = registered.plugin, registered.distribution
    cls, docs = registry.parameters(plugin), sections(docstring(plugin.impl))
    claims = {
        relation: {text: registry.meaning(claim(text)[0]) for text in texts}
        for relation, texts in tokens(plugin, cls, example).items()
    }
    return {
        "kind": plugin.kind,
        "name": plugin.name,
        "summary": plugin.summary,
        "distribution": owner.name,
        "version": owner.version,
        **{name: docs.get(heading, "") for name, heading in _DOCS.items()},
        "parameters": {n: _with_example(f, registry) for n, f in fields(cls).items()},
        **claims,
        "renamed_from": list(plugin.renamed_from),
        "deprecated": plugin.deprecated,
        "unit": plugin.unit,
        "impl": plugin.impl,
    }


def _with_example(field: Field, registry: Registry) -> Facts:
    """Return the facts of a parameter; that of a kind without a shorthand has the first installed plugin as example."""
    facts, kind = of_field(field), registry.kinds.get(field.rule.kind or "")
    if "example" in facts and kind is not None and not kind.shorthand:
        facts["example"] = {name: {} for name in registry.names(kind.name)[:1]}
    return facts


def example(field: Field) -> Any:
    """Return a valid value of a parameter, for a table to paste."""
    return _example(field.type, field.rule)


def _example(type_: Any, rule: Param) -> Any:
    arguments = get_args(type_)
    if get_origin(type_) in (Union, UnionType):
        return _example(next(choice for choice in arguments if choice is not type(None)), rule)
    if rule.choices or get_origin(type_) is Literal:
        return (rule.choices or arguments)[0]
    if get_origin(type_) is tuple:
        element = _example(arguments[0], rule)
        return [element] * (max(1, rule.min_length or 0) if arguments[-1] is Ellipsis else len(arguments))
    if attrs.has(type_) and type_ is not Duration:
        return {name: example(field) for name, field in fields(type_).items() if field.required}
    fixed = {bool: False, str: "text", Duration: "10 epochs"}
    if type_ in fixed:
        return fixed[type_]
    low = rule.ge if rule.ge is not None else rule.gt
    high = rule.le if rule.le is not None else rule.lt
    middle = ((low if low is not None else 0) + (high if high is not None else 1)) / 2
    candidates = [1, *(bound for bound in (low, high) if bound is not None), middle]
    valid = next((value for value in candidates if rule.violation(value) is None), middle)
    return int(valid) if type_ is int else float(valid)


def as_words(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the facts of a parameter with their values as text."""
    words: dict[str, str] = {}
    for name, value in facts.items():
        if name == "example" or (name == "choices" and "one of" in facts["type"]):
            continue  # the example is in the table to paste, and the type lists the choices
        if name == "default":
            words[name] = "absent" if value is None else inline(value)
        elif name == "required":
            words["default"] = "none: it is required"
        else:
            words[name] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return words


def as_table(facts: Facts, kind: Kind) -> list[str]:
    """Return the lines of a plugin's table in a spec, with defaults, and examples of required parameters.

    Args:
        facts: as `of_plugin` returns them.
        kind: the plugin's kind.
    """
    values = {name: about.get("default", about.get("example")) for name, about in facts["parameters"].items()}
    values = {name: value for name, value in values.items() if value is not None}
    if not kind.table:
        return [f"parameter.{facts['name']} = {inline(values)}  # for a parameter that takes a {kind.name}"]
    label = ("my_label",) if kind.slot == "labelled" else ()
    head = f"[{dotted((*kind.path, *label, facts['name']))}]"
    return [head, *(f"{name} = {inline(value)}" for name, value in values.items())]
