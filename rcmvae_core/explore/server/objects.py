"""Defines lists and objects of fields, and reads the values of a request by them."""

from __future__ import annotations

import keyword
import math
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from rcmvae_core.errors import quoted
from rcmvae_core.explore.server.fields import LARGEST, Field, Text, Whole, got, shown

_MOST_MESSAGES = 20


@attrs.frozen
class Many:
    """A list; in a query its items are separated by commas."""

    item: Field
    most: int = 256
    least: int = 1

    def read(self, value: Any) -> list[Any]:
        """Return the list."""
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            found = f", got {len(value)}" if isinstance(value, list) else got(value)
            raise ValueError(f"must be a list of {self.least} to {self.most} values{found}")
        return [self.item.read(each) for each in value]

    def parse(self, text: str) -> list[Any]:
        """Return the list that a string spells."""
        if text.count(",") >= self.most:
            raise ValueError(f"must have {self.most} values at most, got {text.count(',') + 1}")
        return [self.item.parse(each) for each in text.split(",")]

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        items = self.item.schema()
        return {"type": "array", "items": items, "minItems": self.least, "maxItems": self.most}


@attrs.frozen
class Settings:
    """Parameters of a plugin by name: the plugin checks their values."""

    most: int = 50

    def read(self, value: Any) -> dict[str, Any]:
        """Return the parameters."""
        if not isinstance(value, dict) or len(value) > self.most:
            raise ValueError(f"must be an object of {self.most} parameters at most{got(value)}")
        return {Text().read(name): _plain(each) for name, each in value.items()}

    def parse(self, text: str) -> dict[str, Any]:
        """Refuse it: a query has no parameters of plugins."""
        raise ValueError(f"must be an object{got(text)}")

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        plain = {"type": ["string", "number", "boolean"]}
        return {"type": "object", "maxProperties": self.most, "additionalProperties": plain}


@attrs.frozen
class Record:
    """An object with fields of its own."""

    fields: Mapping[str, Field]

    def read(self, value: Any) -> dict[str, Any]:
        """Return the values."""
        if not isinstance(value, dict):
            raise ValueError(f"must be an object{got(value)}")  # noqa: TRY004 - as every field
        return read_fields(self.fields, value)

    def parse(self, text: str) -> dict[str, Any]:
        """Refuse it: a query has no objects."""
        raise ValueError(f"must be an object{got(text)}")

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        required = [name for name, each in self.fields.items() if not isinstance(each, Maybe)]
        properties = {name: each.schema() for name, each in self.fields.items()}
        listed = {"required": required} if required else {}
        return {"type": "object", "properties": properties, "additionalProperties": False} | listed


@attrs.frozen
class Maybe:
    """A value that may be missing or null.

    Args:
        field: the value if it is there.
        default: stands for it if it is not.
    """

    field: Field
    default: Any = None

    def read(self, value: Any) -> Any:
        """Return the value or the default."""
        return self.default if value is None else self.field.read(value)

    def parse(self, text: str) -> Any:
        """Return the value; in a query it is missing where it is not written."""
        return self.field.parse(text)

    def schema(self) -> dict[str, Any]:
        """Return the schema."""
        schema = self.field.schema()
        type_ = schema["type"]
        types = [*type_, "null"] if isinstance(type_, list) else [type_, "null"]
        listed = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
        default = {} if self.default is None else {"default": self.default}
        return schema | {"type": types} | listed | default


class MalformedError(ValueError):
    """Values that cannot be read, with a message for each."""

    def __init__(self, messages: Iterable[str]) -> None:
        self.messages = tuple(messages)
        super().__init__("; ".join(self.messages))


def read_fields(
    fields: Mapping[str, Field], values: Mapping[str, Any], *, is_text: bool = False
) -> dict[str, Any]:
    """Read every value.

    Args:
        fields: the fields by name.
        values: a JSON object, or the texts of a query.
        is_text: whether they are texts.

    Returns:
        The values by the name of the field, with `_` behind the name where Python has that word.

    Raises:
        MalformedError: with a message for each unknown name, missing value and wrong value.

    Example:
        >>> read_fields({"class": Whole()}, {"class": 3})
        {'class_': 3}
    """
    known = f"known are {quoted(fields)}" if fields else "none is known"
    messages = [f"`{shown(name)}` is unknown: {known}" for name in values if name not in fields]
    found = dict[str, Any]()
    for name, field in fields.items():
        if name not in values and not isinstance(field, Maybe):
            messages.append(f"`{name}` is missing")
            continue
        try:
            found[_argument(name)] = _value(field, values.get(name), is_text=is_text)
        except MalformedError as error:
            messages += [f"`{name}`: {each}" for each in error.messages]
        except ValueError as error:
            messages.append(f"`{name}` {error}")
    if messages:
        raise MalformedError(messages[:_MOST_MESSAGES])
    return found


def _value(field: Field, value: Any, *, is_text: bool) -> Any:
    return field.parse(value) if is_text and value is not None else field.read(value)


def _argument(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name


def _plain(value: Any) -> str | float | bool:
    """Return a string, a number or a Boolean: what a value of a spec can be, which has no null."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return Text(least=0).read(value)
    if isinstance(value, int):
        return Whole(-LARGEST, LARGEST).read(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise ValueError(f"must have strings, finite numbers, true or false as values{got(value)}")
