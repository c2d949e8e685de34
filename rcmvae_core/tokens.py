"""The capabilities that a plugin claims, and the values of its parameters under which it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from rcmvae_core.declarations import Plugin
from rcmvae_core.params import Capabilities, Field, fields
from rcmvae_core.resolved_toml import inline, plain

Example = Callable[[Field], Any]


def tokens(plugin: Plugin, cls: type, example: Example) -> dict[str, list[str]]:
    """Provided, required and refused tokens; one that depends on a value reads `TOKEN if PARAMETER = VALUE`.

    Parameters are varied one at a time, the others at their defaults, as far as their values can be counted.

    Args:
        plugin: the declaration.
        cls: its parameters.
        example: gives a value for a parameter that has no default, or has none at first.
    """
    found = {relation: list(getattr(plugin, relation)) for relation in Capabilities._fields}
    if hasattr(cls, "capabilities"):
        with suppress(Exception):  # the author's fault, which a spec that names the plugin is told
            for relation, token in _of_values(cls, example):
                if token not in found[relation]:
                    found[relation].append(token)
    return found


def _of_values(cls: Any, example: Example) -> Iterator[tuple[str, str]]:
    known = fields(cls)
    values = {name: example(field) if field.required else field.default for name, field in known.items()}
    conditional: list[tuple[str, str, str]] = []
    for name, field in known.items():
        conditional += _conditions(cls, values, name, _alternatives(field, example))
    for relation, given in cls(**values).capabilities()._asdict().items():
        varying = {token for other, token, _ in conditional if other == relation}
        yield from ((relation, token) for token in given if token not in varying)
    yield from ((relation, f"{token} if {condition}") for relation, token, condition in conditional)


def _alternatives(field: Field, example: Example) -> Mapping[str, Any]:
    """The values of a parameter that can be counted, by the condition that a spec gives them."""
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
    """Relation, token and condition of the tokens that one parameter decides."""
    found: dict[str, Capabilities] = {}
    for condition, value in alternatives.items():
        with suppress(ValueError):  # a value that others exclude
            found[condition] = cls(**{**values, name: value}).capabilities()
    for relation in Capabilities._fields:
        always = (
            set.intersection(*(set(getattr(each, relation)) for each in found.values())) if found else set()
        )
        for condition, each in found.items():
            yield from (
                (relation, token, condition) for token in getattr(each, relation) if token not in always
            )
