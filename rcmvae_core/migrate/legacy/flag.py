"""Define a legacy flag, the values of a file's flags, and what a flag can become."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from rcmvae_core.migrate.legacy.values import Reader


@attrs.frozen
class SetValue:
    """Set a value of the spec.

    Args:
        path: dotted path in the spec.
        value: the value; by default an empty table, which names a plugin.
        why: a comment behind the value.
    """

    path: str
    value: Any = attrs.field(factory=dict[str, Any])
    why: str = ""


@attrs.frozen
class Warn:
    """Give a warning.

    Args:
        code: W501 if the old system silently did something else, W503 if a meaning or a default has changed.
        message: one line.
        help: what to do, one line each.
    """

    code: str
    message: str
    help: tuple[str, ...] = ()


@attrs.frozen
class Unsupported:
    """Make a comment of the flag, and give a warning (W502): what it requests does not exist any more."""

    why: str
    help: tuple[str, ...] = ()


@attrs.frozen
class Unused:
    """Make a comment of the flag: it had no effect in the old system either."""

    why: str


@attrs.frozen
class PartOf:
    """Do nothing: the flag is part of a value that another flag sets."""

    path: str


Outcome: TypeAlias = SetValue | Warn | Unsupported | Unused | PartOf


class FlagValues:
    """The values of a file's flags: `flags["latent_dim"]` is the file's value, or else the old default."""

    def __init__(self, values: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
        self._values, self._defaults = values, defaults

    def __getitem__(self, name: str) -> Any:
        value = self._values.get(name)
        return self._defaults[name] if value is None else value

    def is_set(self, name: str) -> bool:
        """Return whether the file has a value for a flag; `null` is none."""
        return self._values.get(name) is not None

    def is_null(self, name: str) -> bool:
        """Return whether the file has `null` for a flag."""
        return name in self._values and self._values[name] is None


Translate: TypeAlias = Callable[[FlagValues], Iterable[Outcome]]


@attrs.frozen
class Flag:
    """A legacy flag.

    Args:
        name: its name in the old system.
        read: reads its value.
        translate: all flags to the outcomes of this one; called for absent flags too.
        becomes: a description of the outcome, in Markdown, for the documentation.
        default: the old system's value where the flag is absent; None if that had no effect.
        table: the table of the spec whose comments mention the flag if it sets no value.
    """

    name: str
    read: Reader
    translate: Translate
    becomes: str
    default: Any = attrs.field(default=None, kw_only=True)
    table: str = attrs.field(default="train", kw_only=True)


def if_set(name: str, outcome: Callable[[Any], Outcome]) -> Translate:
    """Return a translation of the value to one outcome, and to none where the flag is absent."""

    def translate(flags: FlagValues) -> Iterator[Outcome]:
        if flags.is_set(name):
            yield outcome(flags[name])

    return translate


def only_if(
    condition: Callable[[FlagValues], bool], name: str, translate: Translate, otherwise: str
) -> Translate:
    """Restrict a translation to a condition, without which the flag had no effect.

    Args:
        condition: whether the old system read the flag.
        name: the flag.
        translate: the translation where the condition holds.
        otherwise: why the flag is unused where it does not hold.

    Returns:
        The translation.
    """

    def conditional(flags: FlagValues) -> Iterator[Outcome]:
        if condition(flags):
            yield from translate(flags)
        elif flags.is_set(name):
            yield Unused(otherwise)

    return conditional


def copy_to(name: str, path: str) -> Translate:
    """Return a translation that sets a path to the flag's value, or else to the old default."""

    def translate(flags: FlagValues) -> Iterator[Outcome]:
        if flags[name] is not None:
            yield SetValue(path, flags[name], "" if flags.is_set(name) else "the old default")

    return translate
