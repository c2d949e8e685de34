"""Converts values of a spec to the types of parameters, strictly, with the place of every violation.

Scalars, literals, unions and tuples are converted here and not by cattrs: importing cattrs and making a converter
takes 8 ms, and `rcmvae validate experiments/quickstart.toml` takes 80 ms in all. cattrs converts every other type,
such as a mapping, and is imported by the specs that have one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Union, get_args, get_origin

from rcmvae_core.errors import Place
from rcmvae_core.plugin.duration import Duration
from rcmvae_core.plugin.type_names import describe_type
from rcmvae_core.spec.messages import describe, show
from rcmvae_core.spec.tree import Node

if TYPE_CHECKING:
    from cattrs import Converter


class Violation(NamedTuple):
    """A value that does not fit the type of its parameter.

    Args:
        code: E206 for a wrong type, E207 for a value of the right type that is not allowed.
        message: what the value must be and what it is.
        place: the place of the value.
    """

    code: Literal["E206", "E207"]
    message: str
    place: Place


def convert(node: Node, type_: Any, violations: list[Violation]) -> Any:
    """Convert a value; a tuple is converted element by element, so that each violation has its own place.

    Args:
        node: the value.
        type_: the type annotation of a parameter.
        violations: receives the violations.

    Returns:
        The converted value; meaningless if there was a violation.
    """
    if get_origin(type_) in (Union, UnionType):
        # TOML has no null: that a parameter may be None only means that it may be absent.
        type_ = Union[tuple(choice for choice in get_args(type_) if choice is not type(None))]  # noqa: UP007
    if get_origin(type_) is tuple and isinstance(node.value, tuple):
        types = get_args(type_)
        if types[-1] is Ellipsis:
            types = types[:1] * len(node.value)
        if len(types) == len(node.value):
            pairs = zip(node.value, types, strict=True)
            return tuple(convert(child, element, violations) for child, element in pairs)
        message = f"must have {len(types)} elements, got {len(node.value)}"
        violations.append(Violation("E207", message, node.place))
        return None
    hook = _HOOKS.get(type_)
    try:
        return hook(node.value) if hook else _structure(node.plain, type_)
    except ValueError as error:
        violations.append(Violation("E207", f"{error}, got {show(node.plain)}", node.place))
    except (TypeError, ExceptionGroup):  # cattrs groups the errors of a container's elements
        message = f"must be {describe_type(type_, article=True)}, got {describe(node)}"
        violations.append(Violation("E206", message, node.place))
    return None


def _exactly(*types: type) -> Callable[[Any], Any]:
    """Return a hook that accepts values of these types only; a bool is not an int."""

    def accept(value: Any) -> Any:
        if type(value) not in types:
            raise TypeError("wrong type")
        return value

    return accept


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise TypeError("wrong type")
    try:
        number = float(value)
    except OverflowError:  # an integer of hundreds of digits
        raise ValueError("must fit a 64-bit float") from None
    if not math.isfinite(number):
        raise ValueError("must be finite")
    return number


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("wrong type")
    if not -(2**63) <= value < 2**63:
        raise ValueError("must fit 64 bits")
    return value


# Strict: cattrs alone would convert "7", 7.9 and "false" without an error.
_HOOKS: dict[Any, Callable[[Any], Any]] = {
    bool: _exactly(bool),
    str: _exactly(str),
    type(None): _exactly(type(None)),
    int: _integer,
    float: _number,
    Duration: Duration.parse,
}


def _structure(value: Any, type_: Any) -> Any:
    """Convert a plain value to any type.

    Raises:
        TypeError: if it is of another type.
        ValueError: if the value is not allowed.
        ExceptionGroup: if an element of a container is either.
    """
    if type_ in _HOOKS:
        return _HOOKS[type_](value)
    if _is_union(type_):
        return _structure_union(value, type_)
    if _is_literal(type_):
        return _structure_literal(value, type_)
    container = {tuple: list, dict: dict}.get(get_origin(type_))
    if container is not None and not isinstance(value, container):  # cattrs would take a string apart
        raise TypeError("wrong type")
    return _converter().structure(value, type_)


def _structure_union(value: Any, type_: Any) -> Any:
    for choice in get_args(type_):
        try:
            return _structure(value, choice)
        except TypeError:
            continue
    raise TypeError("wrong type")


def _structure_literal(value: Any, type_: Any) -> Any:
    # Only the type: which of the choices a value is, `Param.violation` checks.
    return _exactly(*map(type, get_args(type_)))(value)


def _is_union(type_: Any) -> bool:
    return get_origin(type_) in (Union, UnionType)


def _is_literal(type_: Any) -> bool:
    return get_origin(type_) is Literal


@cache
def _converter() -> Converter:
    """Return the converter of all other types, with the same strict hooks for what they contain."""
    from cattrs import Converter  # noqa: PLC0415 - see the head of the module

    converter = Converter()
    for type_, hook in _HOOKS.items():
        converter.register_structure_hook(type_, lambda value, _, hook=hook: hook(value))
    converter.register_structure_hook_func(_is_union, _structure_union)
    converter.register_structure_hook_func(_is_literal, _structure_literal)
    return converter
