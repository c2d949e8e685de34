"""Lists the capability tokens of a plugin, with the parameter values on which they depend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from rcmvae_core.plugin.declaration import Plugin
from rcmvae_core.plugin.parameters import Capabilities, Field, fields
from rcmvae_core.spec.write import inline, plain

Example = Callable[[Field], Any]


def tokens(plugin: Plugin, cls: type, example: Example) -> dict[str, list[str]]:
    """Return the provided, required and conflicting tokens; one that depends on a value is `TOKEN if PARAMETER = VALUE`.

    One parameter at a time is varied, as far as its values can be enumerated, with the others at their defaults.

    Args:
        plugin: the declaration.
        cls: its class of parameters.
        example: returns a value for a parameter without a default.
    """
    listed = {relation: list(getattr(plugin, relation)) for relation in Capabilities._fields}
    if hasattr(cls, "capabilities"):
        with suppress(Exception):  # a broken plugin: a spec that names it gets E211
            for relation, token in _of_values(cls, example):
                if token not in listed[relation]:
                    listed[relation].append(token)
    return listed


def _of_values(cls: Any, example: Example) -> Iterator[tuple[str, str]]:
    """Yield relation and token of what `cls.capabilities` returns."""
    known = fields(cls)
    values = {name: example(field) if field.required else field.default for name, field in known.items()}
    conditional: list[tuple[str, str, str]] = []
    for name, field in known.items():
        conditional += _conditions(cls, values, name, _alternatives(field, example))
    for relation, listed in cls(**values).capabilities()._asdict().items():
        varying = {token for other, token, _ in conditional if other == relation}
        yield from ((relation, token) for token in listed if token not in varying)
    yield from ((relation, f"{token} if {condition}") for relation, token, condition in conditional)


def _alternatives(field: Field, example: Example) -> Mapping[str, Any]:
    """Return the values of a parameter that can be enumerated, by the condition on which a spec has them."""
    rule, name = field.rule, field.name
    if not field.required and field.default is None:
        return {f"{name} is absent": None, f"{name} is given": example(field)}
    choices = (
        (False, True) if field.type is bool else () if isinstance(field.default, tuple) else rule.choices
    )
    return {f"{name} = {inline(plain(value, {}))}": value for value in choices or ()}


def _conditions(
    cls: Any, values: Mapping[str, Any], name: str, alternatives: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    """Yield relation, token and condition of the tokens that one parameter decides.

    Args:
        cls: the class of parameters.
        values: the values of all parameters.
        name: the parameter that is varied.
        alternatives: its values by condition.
    """
    outcomes: dict[str, Capabilities] = {}
    for condition, value in alternatives.items():
        with suppress(ValueError):  # a value that the others exclude
            outcomes[condition] = cls(**{**values, name: value}).capabilities()
    for relation in Capabilities._fields:
        listed = [set(getattr(outcome, relation)) for outcome in outcomes.values()]
        always = set.intersection(*listed) if listed else set()
        for condition, outcome in outcomes.items():
            varying = [token for token in getattr(outcome, relation) if token not in always]
            yield from ((relation, token, condition) for token in varying)
