"""Reads records, the small JSON files of a run directory or an export, as values whose types are checked.

A record is written by this package and may be read years later from a folder that somebody else has sent. So nothing
about it is assumed: not that it is a file, not its size, its encoding, its depth, its keys or the types of their values. The
types are declared as attrs classes, and cattrs converts; unlike by its defaults no value is converted to another type, such as
"10" or 10.5 to 10, and a key that a class does not have is an error unless the class says `HAS_OTHER_KEYS`. `Size` and `Count` are integers with bounds, so that no record makes a reader reserve all memory.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NewType, NoReturn, get_origin

import attrs
import cattrs
from cattrs.cols import (
    homogenous_tuple_structure_factory,
    list_structure_factory,
    mapping_structure_factory,
)
from cattrs.gen import make_dict_structure_fn

from rcmvae_core.errors import fail

MAX_BYTES = 64 * 2**20
"""Bytes of a record at most; that of a checkpoint with 10,000 arrays has 2 MB."""
MAX_SIZE = 10**7
"""The largest `Size`."""
MAX_COUNT = 2**53
"""The largest `Count`: larger integers are not exact in JSON."""
_SHOWN = 40
"""Characters of a value that a message shows."""

Size = NewType("Size", int)
"""An integer of at least 1 that arrays have as a length."""
Count = NewType("Count", int)
"""An integer of at least 0."""
Number = NewType("Number", float)
"""A finite number."""


class RecordError(ValueError):
    """A record cannot be read; the message says why, with the key and the value."""


def fail_record(
    path: Path, error: Exception, *, code: str = "E440", help_: str = "restore the file"
) -> NoReturn:
    """Raise the error of a record that cannot be read.

    Args:
        path: the file.
        error: why.
        code: of the error.
        help_: what the user can do about it.
    """
    fail(code, f"`{path}` cannot be read: {error}", help=[help_])


def read_values(path: Path) -> Any:
    """Read a JSON file as plain values.

    Returns:
        The values.

    Raises:
        RecordError: if it is not a regular file, too large, or not JSON.
    """
    return parse(read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """Read a file that is small by its nature.

    Returns:
        Its content.

    Raises:
        RecordError: if it is not a regular file, or has more than `MAX_BYTES`.
    """
    require_small_file(path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecordError(error.strerror or str(error)) from None


def require_file(path: Path) -> int:
    """Check that a path is a regular file: opening a pipe would wait for another process.

    Returns:
        Its size in bytes.

    Raises:
        RecordError: if it is not.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise RecordError(getattr(error, "strerror", None) or str(error)) from None
    if stat.S_ISDIR(status.st_mode):
        raise RecordError(os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise RecordError("it is not a file")
    return status.st_size


def require_small_file(path: Path) -> None:
    """Check that a path is a regular file of at most `MAX_BYTES`.

    Raises:
        RecordError: if it is not.
    """
    size = require_file(path)
    if size > MAX_BYTES:
        raise RecordError(f"it has {size} bytes, of at most {MAX_BYTES}")


def parse(content: bytes) -> Any:
    """Parse the content of a JSON file.

    Returns:
        Plain values.

    Raises:
        RecordError: if it is not JSON, or nested too deeply.
    """
    if not content.strip():
        raise RecordError("it is empty")
    try:
        values = json.loads(content.decode("utf-8"))
        if rb"\ud" in content.lower():  # half of a surrogate pair is JSON, and cannot be printed
            json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise RecordError("it has a character that is none: half of a surrogate pair") from None
    except UnicodeDecodeError as error:
        raise RecordError(f"it is not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise RecordError("it is nested too deeply") from None
    except ValueError as error:
        raise RecordError(f"it is not JSON: {error}") from None
    return values


def structure(values: Any, type_: Any) -> Any:
    """Check plain values against a type, and build it.

    Args:
        values: as `parse` returns them.
        type_: an attrs class, or another type that cattrs knows.

    Returns:
        An object of the type.

    Raises:
        RecordError: with the key of every value that does not fit, up to three.

    Example:
        >>> structure({"0": 20}, dict[str, Count])
        {'0': 20}
        >>> structure({"0": 2.5}, dict[str, Count])
        Traceback (most recent call last):
        rcmvae_core.runtime.records.RecordError: `['0']` must be an integer of at least 0, got 2.5
    """
    try:
        return _CONVERTER.structure(values, type_)
    except cattrs.BaseValidationError as error:
        messages = cattrs.transform_error(error, format_exception=_explain)
        raise RecordError(_joined(list(dict.fromkeys(map(_with_key, messages))))) from None
    except RecursionError:
        raise RecordError("it is nested too deeply") from None
    except (ValueError, TypeError) as error:  # of a type without keys
        raise RecordError(f"it {error}") from None


def require_format(actual: object, *supported: int) -> None:
    """Check the format number of a record.

    Args:
        actual: the number.
        supported: those that can be read.

    Raises:
        RecordError: if it is not a supported one.
    """
    if isinstance(actual, bool) or actual not in supported:
        listed = " and ".join(map(str, supported))
        noun = "formats" if len(supported) > 1 else "format"
        raise RecordError(f"it has format {shown(actual)}, and this version supports {noun} {listed}")


def shown(value: object) -> str:
    """Return a value for a message, cut to a few characters."""
    if isinstance(value, Mapping | list):
        return "a table" if isinstance(value, Mapping) else f"a list of {len(value)}"
    text = json.dumps(value) if isinstance(value, str | bool | None) else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _joined(messages: list[str]) -> str:
    most = 3
    more = f"; and {len(messages) - most} more" if len(messages) > most else ""
    return "; ".join(messages[:most]) + more


def _with_key(message: str) -> str:
    reason, _, path = message.rpartition(" @ ")
    key = path.removeprefix("$").removeprefix(".")
    return f"`{key}` {reason}" if key else f"it {reason}"


def _explain(error: BaseException, _: Any) -> str:
    if isinstance(error, KeyError):
        return "is missing"
    if isinstance(error, cattrs.ForbiddenExtraKeysError):
        return f"has unknown keys: {', '.join(sorted(map(shown, error.extra_fields)))}"
    return str(error)


def _checked(description: str, accepts: Callable[[Any], bool]) -> Callable[[Any, Any], Any]:
    """Return a structure hook.

    Args:
        description: of the values that are accepted.
        accepts: whether a value is.
    """

    def check(value: Any, _: Any) -> Any:
        if not accepts(value):
            raise ValueError(f"must be {description}, got {shown(value)}")
        return value

    return check


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    # An integer in JSON may be larger than any float, and then cannot be formatted as one.
    return isinstance(value, float) or (_is_int(value) and abs(value) <= sys.float_info.max)


def _is_finite(value: Any) -> bool:
    return _is_number(value) and abs(value) <= sys.float_info.max  # false for NaN


def _container(factory: Callable[..., Any], description: str, type_: type) -> Callable[..., Any]:
    """Return a factory of structure hooks that first check the type of the container.

    Args:
        factory: of the hooks, as cattrs has them.
        description: of the container.
        type_: that it has in JSON.
    """
    check = _checked(description, lambda value: isinstance(value, type_))

    def make(target: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
        hook = factory(target, converter)
        return lambda value, target: hook(check(value, target), target)

    return make


def _class_hook(target: Any, converter: cattrs.Converter) -> Any:
    forbid = not getattr(target, "HAS_OTHER_KEYS", False)
    return make_dict_structure_fn(target, converter, _cattrs_forbid_extra_keys=forbid)


def _build_converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    hooks: dict[Any, Callable[[Any, Any], Any]] = {
        bool: _checked("true or false", lambda value: isinstance(value, bool)),
        str: _checked("a string", lambda value: isinstance(value, str)),
        int: _checked("an integer", _is_int),
        float: _checked("a number", _is_number),
        Size: _checked(f"an integer of 1 to {MAX_SIZE}", lambda v: _is_int(v) and 1 <= v <= MAX_SIZE),
        Count: _checked("an integer of at least 0", lambda v: _is_int(v) and 0 <= v <= MAX_COUNT),
        Number: _checked("a finite number", _is_finite),
    }
    for type_, hook in hooks.items():
        converter.register_structure_hook(type_, hook)
    containers: list[tuple[Callable[[Any], bool], Callable[..., Any], str, type]] = [
        (lambda t: get_origin(t) is tuple, homogenous_tuple_structure_factory, "a list", list),
        (lambda t: get_origin(t) is list, list_structure_factory, "a list", list),
        (lambda t: get_origin(t) in (dict, Mapping), mapping_structure_factory, "a table", dict),
        (attrs.has, _class_hook, "a table", dict),
    ]
    for accepts, factory, description, type_ in containers:
        converter.register_structure_hook_factory(accepts, _container(factory, description, type_))
    return converter


_CONVERTER = _build_converter()
