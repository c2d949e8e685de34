"""Other values of a parameter, from its type and bounds."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from rcmvae_core.plugin.duration import Duration
from rcmvae_core.plugin.parameters import Field


def others(field: Field, value: Any) -> Iterator[Any]:
    """Valid values that differ from `value`."""
    for candidate in _candidates(field, field.type, value):
        if candidate != value and field.rule.violation(candidate) is None:
            yield candidate


def _candidates(field: Field, type_: Any, value: Any) -> Iterator[Any]:
    if field.rule.choices is not None and get_origin(type_) is not tuple:
        yield from field.rule.choices
    elif get_origin(type_) in (Union, UnionType):
        for choice in get_args(type_):
            if choice is not type(None):
                yield from _candidates(field, choice, value)
    elif get_origin(type_) is Literal:
        yield from get_args(type_)
    elif get_origin(type_) is tuple:
        yield from _lists(field, get_args(type_), value)
    else:
        yield from _scalars(field, type_, value)


def _lists(field: Field, types: tuple[Any, ...], value: Any) -> Iterator[tuple[Any, ...]]:
    value = value or ()
    if types[-1] is Ellipsis:
        first = value[0] if value else None
        for candidate in _candidates(field, types[0], first):
            yield (candidate, *value[1:])
            yield (*value, candidate)
    for index, item in enumerate(value):
        for candidate in _candidates(field, types[0], item):
            yield (*value[:index], candidate, *value[index + 1 :])


def _scalars(field: Field, type_: Any, value: Any) -> Iterator[Any]:
    rule = field.rule
    low = rule.ge if rule.ge is not None else rule.gt
    high = rule.le if rule.le is not None else rule.lt
    if type_ is bool:
        yield from (True, False)
    elif type_ is int:
        yield from ((value or 0) + 1, (value or 0) - 1, 2, 3, low, high)
    elif type_ is float:
        start = value if isinstance(value, int | float) else 0.5
        yield from (start * 1.5, start / 2, start + 0.1, start - 0.1, 0.25, 0.5, 1.0, low, high)
    elif type_ is Duration:
        yield from (Duration(3), Duration(1, "epochs"), Duration(7))
    elif type_ is str:
        yield from ("other",)
