"""What is known of a legacy flag, and what it can become."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from rcmvae_core.migrate.values import Reader


@attrs.frozen
class Put:
    """A value of the spec, or without one a table, by its dotted path; `why` is said behind it."""

    path: str
    value: Any = attrs.field(factory=dict[str, Any])
    why: str = ""


@attrs.frozen
class Say:
    """A warning: W501 the old system did something else unasked, W503 the meaning or a default has changed."""

    code: str
    message: str
    help: tuple[str, ...] = ()


@attrs.frozen
class Lost:
    """The flag asked for what there is not: a warning (W502), and a comment in the spec."""

    why: str
    help: tuple[str, ...] = ()


@attrs.frozen
class Idle:
    """The flag did nothing in the old system either: a comment in the spec."""

    why: str


@attrs.frozen
class Into:
    """The flag is part of a value that another flag puts."""

    path: str


Outcome: TypeAlias = Put | Say | Lost | Idle | Into


class Flags:
    """The flags of a file, read: `flags["latent_dim"]` is the value or else the old default."""

    def __init__(self, given: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
        self._given, self._defaults = given, defaults

    def __getitem__(self, name: str) -> Any:
        value = self._given.get(name)
        return self._defaults[name] if value is None else value

    def gives(self, name: str) -> bool:
        """Whether the file has a value for it; `null` is none."""
        return self._given.get(name) is not None

    def nulls(self, name: str) -> bool:
        """Whether the file says `null`."""
        return name in self._given and self._given[name] is None


Write: TypeAlias = Callable[[Flags], Iterable[Outcome]]


@attrs.frozen
class Flag:
    """A legacy flag.

    Args:
        name: as the old system spelled it.
        read: the type of its value.
        write: all flags to what this one becomes; asked for absent flags too.
        becomes: the same in words, for the documentation.
        default: its value in the old system when a file was silent; None when nothing came of that.
        home: the table of the spec where comments go that have no value to stand at.
    """

    name: str
    read: Reader
    write: Write
    becomes: str
    default: Any = attrs.field(default=None, kw_only=True)
    home: str = attrs.field(default="train", kw_only=True)


def given(name: str, write: Callable[[Any], Outcome]) -> Write:
    """One outcome of the value, and none when the flag is absent."""

    def outcomes(flags: Flags) -> Iterator[Outcome]:
        if flags.gives(name):
            yield write(flags[name])

    return outcomes


def when(condition: Callable[[Flags], bool], name: str, write: Write, otherwise: str) -> Write:
    """As `write` under a condition; else the flag, if given, was not in use."""

    def outcomes(flags: Flags) -> Iterator[Outcome]:
        if condition(flags):
            yield from write(flags)
        elif flags.gives(name):
            yield Idle(otherwise)

    return outcomes


def put(name: str, path: str) -> Write:
    """The value, or else the old default, at a path."""

    def outcomes(flags: Flags) -> Iterator[Outcome]:
        if flags[name] is not None:
            yield Put(path, flags[name], "" if flags.gives(name) else "the old default")

    return outcomes
