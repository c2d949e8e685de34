"""Defines the values of requests: how each is read, and its JSON Schema, so that the two cannot differ.

A field has `read(value)` for JSON, `parse(text)` for queries and paths, and `schema()`. Both readers raise `ValueError`
with a message that completes "`name` ...".
"""

from __future__ import annotations

import re
from typing import Any, Protocol, runtime_checkable

import attrs

from rcmvae_core.errors import quoted
from rcmvae_core.runtime.user_files import shortened

LARGEST = 2**31 - 1
"""The largest integer of an index, a count or a revision."""
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?([0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})([eE][-+]?[0-9]{1,5})?")
_SURROGATE = re.compile("[\ud800-\udfff]")


@runtime_checkable
class Field(Protocol):
    """A value of a request."""

    def read(self, value: Any, /) -> Any:
        """Return the value of a JSON body."""
        ...

    def parse(self, text: str, /) -> Any:
        """Return the value of a query or of a path."""
        ...

    def schema(self) -> dict[str, Any]:
        """Return its JSON Schema."""
        ...


@attrs.frozen
class Whole:
    """An integer.

    Example:
        >>> Whole(0, 9).parse("7")
        7
    """

    least: int = 0
    most: int = LARGEST

    def read(self, value: Any) -> int:
        """Return the integer; a number with a decimal point is none."""
        if type(value) is not int or not self.least <= value <= self.most:
            raise ValueError(f"must be an integer from {self.least} to {self.most}{got(value)}")
        return value

    def parse(self, text: str) -> int:
        """Return the integer that a string spells in decimal digits."""
        return self.read(int(text) if _INTEGER.fullmatch(text) else text)

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@attrs.frozen
class Number:
    """A finite number, which comes out as a float."""

    least: float = -1e9
    most: float = 1e9

    def read(self, value: Any) -> float:
        """Return the number."""
        if type(value) not in (int, float) or not self.least <= value <= self.most:
            raise ValueError(f"must be a number from {self.least:g} to {self.most:g}{got(value)}")
        return float(value)

    def parse(self, text: str) -> float:
        """Return the number that a string spells."""
        return self.read(float(text) if _NUMBER.fullmatch(text) else text)

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        return {"type": "number", "minimum": self.least, "maximum": self.most}


@attrs.frozen
class Text:
    """A string.

    Args:
        most: the number of its characters at most.
        least: and at least.
        about: what it may be, for the document of the interface.
    """

    most: int = 200
    least: int = 1
    about: str = ""

    def read(self, value: Any) -> str:
        """Return the string."""
        if not isinstance(value, str) or not self.least <= len(value) <= self.most:
            raise ValueError(f"must be a string of {self.least} to {self.most} characters{got(value)}")
        if _SURROGATE.search(value):
            raise ValueError("has half of a surrogate pair, which is no character")
        return value

    parse = read

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        about = {"description": self.about} if self.about else {}
        return {"type": "string", "minLength": self.least, "maxLength": self.most} | about


@attrs.frozen
class Choice:
    """One of several strings."""

    names: tuple[str, ...] = attrs.field(converter=tuple)

    def read(self, value: Any) -> str:
        """Return the string."""
        if not isinstance(value, str) or value not in self.names:
            raise ValueError(f"must be one of {quoted(self.names)}{got(value)}")
        return value

    parse = read

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        return {"type": "string", "enum": list(self.names)}


@attrs.frozen
class Flag:
    """Either true or false."""

    def read(self, value: Any) -> bool:
        """Return the value."""
        if not isinstance(value, bool):
            raise ValueError(f"must be true or false{got(value)}")  # noqa: TRY004 - as every field
        return value

    def parse(self, text: str) -> bool:
        """Return the value of `true` and `false`."""
        return self.read({"true": True, "false": False}.get(text, text))

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        return {"type": "boolean"}


def got(value: Any) -> str:
    """Return the end of a message: what was there instead."""
    if isinstance(value, dict | list):
        return f", got {'an object' if isinstance(value, dict) else 'a list'}"
    if isinstance(value, str):
        return f", got `{shown(value)}`"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST:
        return ", got a number beyond it"  # of which Python may refuse to print the digits
    return f", got {'null' if value is None else str(value).lower()}"


def shown(text: str) -> str:
    """Return a string for a message, without half surrogates and not too long."""
    return shortened(_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text))
