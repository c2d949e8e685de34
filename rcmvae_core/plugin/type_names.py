"""Names the types of parameters for messages and tables."""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from rcmvae_core.plugin.duration import Duration

_TYPE_NAMES: Mapping[Any, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    Duration: 'duration (steps, or a string such as "30 epochs" or "10%")',
}
_PLURALS: Mapping[Any, str] = {
    **{type_: f"{name}s" for type_, name in _TYPE_NAMES.items()},
    Duration: 'durations (steps, or strings such as "30 epochs" or "10%")',
}


def describe_type(type_: Any, *, article: bool = False) -> str:
    """Return a type's name for a message or a table: `integer`, `list of numbers`, `integer or string`.

    Args:
        type_: the type annotation of a parameter.
        article: whether to put `a` or `an` before each name.

    Example:
        >>> describe_type(tuple[int, ...]), describe_type(int | str, article=True)
        ('list of integers', 'an integer or a string')
    """
    arguments = get_args(type_)
    if get_origin(type_) is Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in arguments)
    if get_origin(type_) is tuple:
        name = f"list of {_elements(arguments)}"
    elif get_origin(type_) is dict:
        name = f"table of {_elements((arguments[1], ...))}"
    elif get_origin(type_) in (Union, UnionType):
        choices = [choice for choice in arguments if choice is not type(None)]
        return " or ".join(describe_type(choice, article=article) for choice in choices)
    else:
        name = _TYPE_NAMES.get(type_) or ("table" if attrs.has(type_) else str(type_))
    return with_article(name) if article else name


def _elements(types: tuple[Any, ...]) -> str:
    if types[-1] is Ellipsis:
        return _PLURALS.get(types[0]) or f"values, each {describe_type(types[0], article=True)}"
    if len(set(types)) == 1 and types[0] in _PLURALS:
        return f"{len(types)} {_PLURALS[types[0]]}"
    return " and ".join(describe_type(type_, article=True) for type_ in types)


def with_article(noun: str) -> str:
    """Return a noun with `a` or `an` before it.

    Example:
        >>> with_article("integer"), with_article("schedule")
        ('an integer', 'a schedule')
    """
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
