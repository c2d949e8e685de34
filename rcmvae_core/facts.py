"""Parameters and plugins as plain facts, for people and for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from rcmvae_core.declarations import Kind, claim
from rcmvae_core.docstrings import docstring, sections
from rcmvae_core.params import Duration, Field, Param, fields
from rcmvae_core.registry import Registered, Registry
from rcmvae_core.resolved_toml import dotted, inline, plain
from rcmvae_core.tokens import tokens

Facts = dict[str, Any]
_DOCS = {"maths": "", "returns": "Returns", "source": "Source"}


def of_field(field: Field) -> Facts:
    """What is known of a parameter; what does not apply is left out."""
    rule = field.rule
    given: Facts = (
        {"required": True, "example": example(field)}
        if field.required
        else {"default": plain(field.default, {})}
    )
    more = {
        "bounds": rule.interval(),
        "min_length": rule.min_length,
        "choices": rule.choices and list(rule.choices),
        "renamed_from": list(rule.renamed_from),
        "deprecated": rule.deprecated,
    }
    return {"type": field.type_name, **given, **{k: v for k, v in more.items() if v}, "doc": rule.doc}


def of_plugin(registered: Registered, registry: Registry) -> Facts:
    """What is known of a plugin; its parameters are read, its implementation is not imported.

    Raises:
        Exception: whatever the import of the parameters' module raises.
    """
    plugin, owner = registered.plugin, registered.distribution
    cls, docs = registry.parameters(plugin), sections(docstring(plugin.impl))
    claims = {
        relation: {text: registry.meaning(claim(text)[0]) for text in found}
        for relation, found in tokens(plugin, cls, example).items()
    }
    return {
        "kind": plugin.kind,
        "name": plugin.name,
        "summary": plugin.summary,
        "distribution": owner.name,
        "version": owner.version,
        **{name: docs.get(heading, "") for name, heading in _DOCS.items()},
        "parameters": {n: _with_part(f, registry) for n, f in fields(cls).items()},
        **claims,
        "renamed_from": list(plugin.renamed_from),
        "deprecated": plugin.deprecated,
        "impl": plugin.impl,
    }


def _with_part(field: Field, registry: Registry) -> Facts:
    """A field's facts; one that takes a part without a shorthand shows the first that is installed."""
    facts, kind = of_field(field), registry.kinds.get(field.rule.kind or "")
    if "example" in facts and kind is not None and not kind.shorthand:
        facts["example"] = {name: {} for name in registry.names(kind.name)[:1]}
    return facts


def example(field: Field) -> Any:
    """A value that a parameter may be given, for a table to paste."""
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
    plain_ones = {bool: False, str: "text", Duration: "10 epochs"}
    if type_ in plain_ones:
        return plain_ones[type_]
    low, high = rule.ge if rule.ge is not None else rule.gt, rule.le if rule.le is not None else rule.lt
    between = ((low if low is not None else 0) + (high if high is not None else 1)) / 2
    candidates = [1, *(bound for bound in (low, high) if bound is not None), between]
    fitting = next((value for value in candidates if rule.violation(value) is None), between)
    return int(fitting) if type_ is int else float(fitting)


def as_words(facts: Mapping[str, Any]) -> dict[str, str]:
    """A parameter's facts with their values in words."""
    words: dict[str, str] = {}
    for name, value in facts.items():
        if name == "example" or (name == "choices" and "one of" in facts["type"]):
            continue  # it is in the table to paste; the type names them
        if name == "default":
            words[name] = "absent" if value is None else inline(value)
        elif name == "required":
            words["default"] = "none: it is required"
        else:
            words[name] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return words


def as_table(facts: Facts, kind: Kind) -> list[str]:
    """The part in a spec, its defaults written out and what is required filled with a value that fits.

    Args:
        facts: as `of_plugin` gives them.
        kind: its kind.
    """
    values = {name: about.get("default", about.get("example")) for name, about in facts["parameters"].items()}
    values = {name: value for name, value in values.items() if value is not None}
    if not kind.table:
        return [f"parameter.{facts['name']} = {inline(values)}  # for a parameter that takes a {kind.name}"]
    label = ("my_label",) if kind.slot == "labelled" else ()
    head = f"[{dotted((*kind.path, *label, facts['name']))}]"
    return [head, *(f"{name} = {inline(value)}" for name, value in values.items())]
