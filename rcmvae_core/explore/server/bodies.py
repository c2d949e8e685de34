"""Reads the bodies of requests, never more of one than is allowed, and the JSON in them, strictly."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request

from rcmvae_core.explore.server.errors import MALFORMED, TOO_LARGE, refuse

MOST_JSON = 16 * 2**20
MOST_UPLOAD = 8 * 2**20
JSON_TYPE = "application/json"
_DIGITS = 18
"""Digits of a length that are read; Python parses no more than 4,300."""
BYTES_TYPE = "application/octet-stream"


async def read_body(request: Request, most: int, content_type: str) -> bytes:
    """Return the body of a request.

    Args:
        request: whose body has not been read.
        most: the number of bytes at most.
        content_type: that the request must have.

    Returns:
        The bytes.

    Raises:
        HttpError: 413 if there are more, which are not kept; 422 for another content type, or a body that is cut off.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != content_type:
        raise refuse(MALFORMED, f"the content type must be `{content_type}`")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and (len(length) > _DIGITS or int(length) > most):
        raise _too_large(most)
    chunks, size = list[bytes](), 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise _too_large(most)
            chunks.append(chunk)
    except ClientDisconnect:
        raise refuse(MALFORMED, "the body was cut off") from None
    return b"".join(chunks)


def _too_large(most: int) -> Exception:
    return refuse(TOO_LARGE, f"the body is larger than {most // 2**20} MiB", help_=["send less at once"])


def parse_json(body: bytes) -> dict[str, Any]:
    """Return the object that a body is.

    Raises:
        HttpError: 422 if it is not the JSON of an object, names a key twice, or has a number that is not finite.
    """
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse_constant)
    except RecursionError:
        raise refuse(MALFORMED, "the body is nested too deeply") from None
    except ValueError as error:  # also of a number with too many digits
        reason = str(error).partition(":")[0]
        raise refuse(MALFORMED, f"the body is not JSON: {reason}") from None
    if not isinstance(value, dict):
        raise refuse(MALFORMED, "the body must be an object, such as {}")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no numbers")
