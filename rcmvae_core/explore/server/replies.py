"""Turns what routes return into replies: JSON, binary columns, pictures."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from jaxtyping import Shaped
from starlette.responses import Response

COLUMN_TYPE = "application/vnd.rcmvae.column"
KEPT_FOREVER = "private, max-age=31536000, immutable"
_TYPES = {"f": "float32", "i": "int32", "u": "uint8", "b": "uint8"}
"""The types of columns by the kind of an array's type."""


@attrs.frozen
class Column:
    """An array that is sent as it is.

    Args:
        array: numbers; 64-bit ones are sent with 32 bits.
        key: what it depends on, so that a browser can ask whether its copy is still the same.
        has_version: whether the request named this process, so that its URL means this array forever.
    """

    array: Shaped[np.ndarray, " N"] | Shaped[np.ndarray, "N axes"]
    key: str
    has_version: bool = False


@attrs.frozen
class Picture:
    """A PNG file, and headers that say what is where in it."""

    png: bytes
    headers: Mapping[str, str] = attrs.field(factory=dict)


Reply = Column | Picture | Mapping[str, Any] | list[Any] | None
"""What a route returns; None is an empty object."""


def to_response(reply: Reply, status: int = 200, known: str = "") -> Response:
    """Return the HTTP response of what a route has returned.

    Args:
        reply: as of a route.
        status: of the response.
        known: the entity tags of the copies that the client has.

    Returns:
        The response; JSON may not be stored.
    """
    if isinstance(reply, Column):
        return _column_response(reply, known)
    if isinstance(reply, Picture):
        return Response(
            reply.png, media_type="image/png", headers={"Cache-Control": "no-store", **reply.headers}
        )
    body = json.dumps(plain({} if reply is None else reply), allow_nan=False, separators=(",", ":"))
    return Response(body, status, {"Cache-Control": "no-store"}, "application/json")


def _column_response(column: Column, known: str) -> Response:
    """Return the bytes of an array, little-endian, with its type and shape in the headers.

    Args:
        column: the array.
        known: as of `to_response`.
    """
    kind = _TYPES[column.array.dtype.kind]
    tag = f'"{column.key}"'
    headers = {
        "X-Column-Type": kind,
        "X-Column-Shape": ",".join(map(str, column.array.shape)),
        "Cache-Control": KEPT_FOREVER if column.has_version else "private, no-cache",
        "ETag": tag,
    }
    if tag in known:
        return Response(status_code=304, headers=headers)
    array = np.ascontiguousarray(column.array, np.dtype(kind).newbyteorder("<"))
    return Response(array.tobytes(), headers=headers, media_type=COLUMN_TYPE)


def plain(value: Any) -> Any:
    """Return a value as JSON has it: records and arrays without their types, and null for what is not a number.

    Args:
        value: of mappings, sequences, attrs records, named tuples, arrays and scalars.

    Example:
        >>> plain({"a": np.float32(0.5), "b": (1, float("nan"))})
        {'a': 0.5, 'b': [1, None]}
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        named = getattr(value, "_asdict", None)
        return plain(named()) if named is not None else [plain(each) for each in value]
    if attrs.has(type(value)):
        fields = attrs.fields(type(value))
        return {each.name.rstrip("_"): plain(getattr(value, each.name)) for each in fields}
    return plain(np.asarray(value).tolist())
