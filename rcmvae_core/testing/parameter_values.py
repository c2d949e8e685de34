"""Choose values of a plugin's parameters: examples, values at the bounds, and values out of bounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_origin

from rcmvae_core.plugin.declaration import Registered
from rcmvae_core.plugin.parameters import Field, fields
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.spec.describe_plugin import of_field

_LARGEST_EXACT = 2**53  # above it, a float cannot represent the next integer


def example_values(registry: Registry, registered: Registered) -> dict[str, Any]:
    """Return a value for each parameter without a default, from its type and bounds."""
    values: dict[str, Any] = {}
    for name, field in fields(registry.parameters(registered.plugin)).items():
        if field.required:
            kind = registry.kinds.get(field.rule.kind or "")
            if kind is not None and not kind.shorthand:
                values[name] = {nested: {} for nested in registry.names(kind.name)[:1]}
            else:
                values[name] = of_field(field)["example"]
    return values


def edge_values(field: Field) -> Iterator[Any]:
    """Yield the lowest and the highest value of a parameter, or all its choices."""
    rule = field.rule
    if rule.choices is not None and get_origin(field.type) is not tuple:
        yield from rule.choices
    elif field.type is bool:
        yield from (False, True)
    elif field.type in (int, float):
        if rule.ge is not None:
            yield field.type(rule.ge)
        if rule.le is not None:
            yield field.type(rule.le)
        if field.type is int and rule.gt is not None:
            yield int(rule.gt) + 1
        if field.type is int and rule.lt is not None:
            yield int(rule.lt) - 1


def out_of_bounds_values(field: Field) -> Iterator[Any]:
    """Yield the first values that the bounds of a parameter exclude."""
    rule = field.rule
    if field.type in (int, float):
        step = 1 if field.type is int else 1e-6
        for bound, offset in ((rule.ge, -step), (rule.le, step)):
            if bound is not None and abs(bound) < _LARGEST_EXACT:
                # A float needs a step relative to the bound, or it rounds back to it.
                scale = max(1.0, abs(bound)) if field.type is float else 1
                yield field.type(bound + offset * scale)
        for bound in (rule.gt, rule.lt):
            if bound is not None:
                yield field.type(bound)
