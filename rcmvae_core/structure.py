"""Tables to parameter records: strict types, bounds, and every fault with its place."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from rcmvae_core.errors import Diagnostic, Place
from rcmvae_core.params import Duration, Field, describe_type, fields
from rcmvae_core.spec.tree import Node

if TYPE_CHECKING:
    from cattrs import Converter

_LONGEST = 60
Report = Callable[[Diagnostic], None]
Nested = Callable[[str, Field, Node, str], Any]


def _exactly(*types: type) -> Callable[[Any, Any], Any]:
    """A hook that lets through what already is of a type: cattrs alone would turn "7", 7.9 and "false" round."""

    def structure(value: Any, _: Any) -> Any:
        if type(value) not in types:
            raise TypeError("wrong type")
        return value

    return structure


def _number(value: Any, _: Any) -> float:
    if type(value) not in (int, float):
        raise TypeError("wrong type")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError("must fit a 64-bit float") from None
    if not math.isfinite(number):
        raise ValueError("must be finite")
    return number


def _integer(value: Any, _: Any) -> int:
    if type(value) is not int:
        raise TypeError("wrong type")
    if not -(2**63) <= value < 2**63:
        raise ValueError("must fit 64 bits")
    return value


_HOOKS: dict[Any, Callable[[Any, Any], Any]] = {
    bool: _exactly(bool),
    str: _exactly(str),
    type(None): _exactly(type(None)),
    int: _integer,
    float: _number,
    Duration: lambda value, _: Duration.parse(value),
}


def _typed(value: Any, type_: Any) -> Any:
    """A value that is no list, as a type.

    Raises:
        TypeError: if it is of another type.
        ValueError: if no such value may be.
    """
    if type_ in _HOOKS:
        return _HOOKS[type_](value, type_)
    if _is_union(type_):
        return _either(value, type_)
    if _is_literal(type_):
        return _literally(value, type_)
    return _converter().structure(value, type_)


def _either(value: Any, type_: Any) -> Any:
    for choice in get_args(type_):
        try:
            return _typed(value, choice)
        except TypeError:
            continue
    raise TypeError("wrong type")


def _literally(value: Any, type_: Any) -> Any:
    return _exactly(*map(type, get_args(type_)))(value, type_)


def _is_union(type_: Any) -> bool:
    return get_origin(type_) in (Union, UnionType)


def _is_literal(type_: Any) -> bool:
    return get_origin(type_) is Literal


@cache
def _converter() -> Converter:
    """What reads every other type, such as a mapping; imported by those who have one, since start-up counts."""
    from cattrs import Converter  # noqa: PLC0415

    converter = Converter()
    for type_, hook in _HOOKS.items():
        converter.register_structure_hook(type_, hook)
    converter.register_structure_hook_func(_is_union, _either)
    converter.register_structure_hook_func(_is_literal, _literally)
    return converter


def suggest(name: str, known: list[str], what: str) -> list[str]:
    """Help lines for an unknown name: the nearest ones, else all."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a fault needs it, and start-up counts

    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return [f"did you mean `{close[0]}`?"]
    return [f"known {what}: " + ", ".join(f"`{k}`" for k in known)] if known else [f"there are no {what}"]


def old_name(what: str, new: str, place: Place) -> Diagnostic:
    """The warning that something is written under an older name."""
    help_ = f"write `{new}`; `rcmvae migrate` does so in a whole file"
    return Diagnostic("W202", f"{what} is now called `{new}`", place, help=[help_], fix=new)


def show(value: Any) -> str:
    """A value for a message, short."""
    text = (
        str(value).lower()
        if isinstance(value, bool)
        else f'"{value}"'
        if isinstance(value, str)
        else str(value)
    )
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def type_of(node: Node) -> str:
    """The TOML type of a value, in words."""
    if node.table is not None:
        return "a table"
    if isinstance(node.value, tuple):
        return "a list"
    names = {bool: "a boolean", int: "an integer", float: "a number", str: "a text"}
    return names.get(type(node.value), "a date or time")


def structure(
    cls: type, entries: dict[str, Node], *, owner: str, here: Place, report: Report, nested: Nested
) -> Any | None:
    """Build a parameter record from a table's entries, field by field.

    Args:
        cls: the attrs class.
        entries: the table's entries; all of them belong to `cls`.
        owner: who the parameters belong to, for messages, such as "conditioner `film`".
        here: where the table stands, for what is missing.
        report: called with each fault.
        nested: resolves a parameter that is itself a part: (kind, field, node, owner).

    Returns:
        The record; None when a fault was reported.
    """
    reader = _Reader(fields(cls), owner, report, nested)
    values = reader.read(entries, here)
    if values is None:
        return None
    try:
        return cls(**values)
    except (ValueError, TypeError) as error:  # a validator of the plugin's own
        report(Diagnostic("E207", f"{owner}: {error}", here, help=["see `rcmvae plugins show`"]))
        return None


class _Reader:
    """One table's reading; `failed` once a fault was reported."""

    def __init__(self, known: dict[str, Field], owner: str, report: Report, nested: Nested) -> None:
        self.known, self.owner, self.report, self.nested = known, owner, report, nested
        self.failed = False

    def read(self, entries: dict[str, Node], here: Place) -> dict[str, Any] | None:
        entries = dict(self.renamed(entries))
        values = {name: self.given(name, node) for name, node in entries.items()}
        for name, field in self.known.items():
            if name not in entries:
                values |= self.absent(field, here)
        return None if self.failed else values

    def fault(self, code: str, message: str, place: Place, help_: list[str]) -> None:
        self.failed = True
        self.report(Diagnostic(code, f"{self.owner}{message}", place, help=help_))

    def renamed(self, entries: dict[str, Node]) -> Iterator[tuple[str, Node]]:
        current = {old: name for name, field in self.known.items() for old in field.rule.renamed_from}
        given = {name: name for name in entries if name in self.known}
        for name, node in entries.items():
            new = current.get(name) if name not in self.known else None
            if new is None:
                yield name, node
            elif given.setdefault(new, name) != name:
                also = "" if given[new] == new else f" as `{given[new]}`"
                message = f": `{name}` is an old spelling of `{new}`, which is given too{also}"
                self.fault("E209", message, node.key, [f"remove `{name}`"])
            else:
                self.report(old_name(f"{self.owner}: `{name}`", new, node.key))
                yield new, node

    def given(self, name: str, node: Node) -> Any:
        if name not in self.known:
            help_ = suggest(name, list(self.known), "parameters")
            return self.fault("E205", f" has no parameter `{name}`", node.key, help_)
        field = self.known[name]
        if field.rule.deprecated:
            message = f"{self.owner}: `{name}` is deprecated"
            self.report(Diagnostic("W203", message, node.key, help=[field.rule.deprecated]))
        return self.part(field, node) if field.rule.kind else self.value(field, node)

    def absent(self, field: Field, here: Place) -> dict[str, Any]:
        if field.required:
            message = f" needs `{field.name}`, {field.type_name}"
            self.fault("E208", message, here, [f"{field.name}: {field.rule.doc}"])
        elif field.rule.kind and field.default is not None:
            return {field.name: self.part(field, _literal(field.default, here))}
        return {}

    def part(self, field: Field, node: Node) -> Any:
        part = self.nested(field.rule.kind or "", field, node, self.owner)
        self.failed |= part is None
        return part

    def value(self, field: Field, node: Node) -> Any:
        sound = True

        def fault(code: str, message: str, at: Node) -> None:
            nonlocal sound
            sound = False
            help_ = [f"{field.name}: {field.rule.doc}"]
            self.fault(code, f": `{field.name}` {message}", at.place, help_)

        value = _convert(node, field.type, fault)
        why = field.rule.violation(value) if sound else None
        if why is not None:
            fault("E207", f"{why}, got {show(node.plain)}", node)
        return value


def _literal(value: Any, place: Place) -> Node:
    """A declared default as a node, so that it goes the same way as a value of a spec."""
    if isinstance(value, dict):
        return Node({k: _literal(v, place) for k, v in value.items()}, place, place)
    if isinstance(value, list | tuple):
        return Node(tuple(_literal(v, place) for v in value), place, place)
    return Node(value, place, place)


def _convert(node: Node, type_: Any, fault: Callable[[str, str, Node], None]) -> Any:
    """The typed value; lists element by element, so that each fault stands at its own place."""
    if get_origin(type_) in (Union, UnionType):
        type_ = Union[tuple(choice for choice in get_args(type_) if choice is not type(None))]  # noqa: UP007
    if get_origin(type_) is not tuple:
        try:
            return _typed(node.plain, type_)
        except ValueError as error:
            fault("E207", f"{error}, got {show(node.plain)}", node)
        except (TypeError, ExceptionGroup):  # a group is what cattrs says of something within
            fault("E206", f"must be {describe_type(type_)}, got {type_of(node)}: {show(node.plain)}", node)
        return None
    if not isinstance(node.value, tuple):
        fault("E206", f"must be {describe_type(type_)}, got {type_of(node)}: {show(node.plain)}", node)
        return None
    elements = get_args(type_)
    types = [elements[0]] * len(node.value) if elements[-1] is Ellipsis else list(elements)
    if len(types) != len(node.value):
        fault("E207", f"must have {len(types)} elements, got {len(node.value)}", node)
        return None
    return tuple(_convert(child, t, fault) for child, t in zip(node.value, types, strict=True))
