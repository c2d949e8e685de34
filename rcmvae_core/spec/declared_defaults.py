"""Checks declared parameters against themselves: the types of their defaults, and bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

import attrs

from rcmvae_core.errors import Place, Source, Span, SpecError
from rcmvae_core.plugin.declaration import Kind, Registered
from rcmvae_core.plugin.duration import Duration
from rcmvae_core.plugin.parameters import Field, fields
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.type_names import describe_type
from rcmvae_core.spec.convert import Violation, convert
from rcmvae_core.spec.resolve import resolve_plugin
from rcmvae_core.spec.tree import build
from rcmvae_core.spec.write import plain

_BOUNDED = {int, float, Duration}
_NOWHERE = Place(Source("default", ""), Span(1, 1, 1, 1))


def wrong_declarations(registered: Registered, registry: Registry) -> Iterator[str]:
    """Yield what is wrong with the declared parameters of a plugin.

    Args:
        registered: the plugin, whose class of parameters can be imported.
        registry: the installed plugins.

    Yields:
        A reason for each default of a wrong type or out of bounds, and for bounds that restrict nothing.
    """
    declared = fields(registry.parameters(registered.plugin))
    reasons = [reason for field in declared.values() for reason in _reasons(field, registry.kinds)]
    yield from reasons
    if reasons or any(field.required for field in declared.values()):
        return
    plugin = registered.plugin
    alone = attrs.evolve(registry, plugins={**registry.plugins, (plugin.kind, plugin.name): (registered,)})
    try:
        resolve_plugin(plugin.kind, plugin.name, {}, alone)
    except SpecError as error:
        yield f"its defaults are refused: {error.diagnostics[0].message}"


def _reasons(field: Field, kinds: Mapping[str, Kind]) -> Iterator[str]:
    """Yield what is wrong with one parameter.

    Args:
        field: the parameter.
        kinds: the registry's kinds.
    """
    rule, name = field.rule, f"`{field.name}`"
    if rule.kind is None and rule.interval() and _BOUNDED.isdisjoint(_leaves(field.type)):
        yield f"the bounds of {name} restrict nothing: it is {describe_type(field.type, article=True)}"
    if field.required or field.default is None or rule.kind is not None:
        return
    factory = getattr(field.default, "factory", None)  # of `attrs.Factory`
    default = field.default if factory is None else factory()
    violations: list[Violation] = []
    value = convert(build(plain(default, kinds), {}, _NOWHERE), field.type, violations)
    expected = describe_type(field.type, article=True)
    if violations:
        yield f"the default of {name} {violations[0].message}"
    elif value != default or _is_text(value) != _is_text(default):
        yield f"the default of {name} must be {expected}, and is {default!r} of type {type(default).__name__}"
    elif (broken := rule.violation(default)) is not None:
        yield f"the default of {name} {broken}, and is {default!r}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _leaves(type_: Any) -> set[Any]:
    """Return the types that a type is made of."""
    parts = get_args(type_)
    return {leaf for part in parts for leaf in _leaves(part)} if parts else {type_}
