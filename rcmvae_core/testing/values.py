"""Values of a plugin's parameters: an example of each, the edges of what is allowed, and what is beyond."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_origin

from rcmvae_core.facts import of_field
from rcmvae_core.params import Field, fields
from rcmvae_core.registry import Registered, Registry


def examples(registry: Registry, registered: Registered) -> dict[str, Any]:
    """A value for each parameter that has no default, from its type and bounds alone."""
    found: dict[str, Any] = {}
    for name, field in fields(registry.parameters(registered.plugin)).items():
        if field.required:
            kind = registry.kinds.get(field.rule.kind or "")
            if kind is not None and not kind.shorthand:
                found[name] = {nested: {} for nested in registry.names(kind.name)[:1]}
            else:
                found[name] = of_field(field)["example"]
    return found


def edges(field: Field) -> Iterator[Any]:
    """The least and the greatest value that a parameter may take, and its choices."""
    rule = field.rule
    if rule.choices is not None and get_origin(field.type) is not tuple:
        yield from rule.choices
    elif field.type is bool:
        yield from (False, True)
    elif field.type in (int, float):
        whole = field.type is int
        if rule.ge is not None:
            yield field.type(rule.ge)
        if rule.le is not None:
            yield field.type(rule.le)
        if whole and rule.gt is not None:
            yield int(rule.gt) + 1
        if whole and rule.lt is not None:
            yield int(rule.lt) - 1


def beyond(field: Field) -> Iterator[Any]:
    """The first values that its bounds forbid."""
    rule = field.rule
    if field.type in (int, float):
        step = 1 if field.type is int else 1e-6
        for bound, away in ((rule.ge, -step), (rule.le, step)):
            if bound is not None and abs(bound) < 2**53:
                yield field.type(bound + away * max(1.0, abs(bound)) if field.type is float else bound + away)
        for bound in (rule.gt, rule.lt):
            if bound is not None:
                yield field.type(bound)
