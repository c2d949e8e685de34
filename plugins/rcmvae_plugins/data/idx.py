"""The IDX format of MNIST and its relatives: a magic number, sizes, and bytes; under gzip or as it is.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", 1998.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from rcmvae_plugins.data.faults import reason, unreadable

GZIP = b"\x1f\x8b"
"""What a gzip file begins with."""

_UNSIGNED_BYTES = 0x08
_MOST = 2**31
_REMEDIES = ("delete it and fetch it again",)


def read(path: Path, axes: int) -> UInt8[np.ndarray, "*n"]:
    """Read an array of unsigned bytes: into memory from a gzip file, else memory-mapped.

    Args:
        path: the file; what it is shows in its first bytes, whatever its name.
        axes: how many axes the array must have, 1 for labels and 3 for images.

    Raises:
        RcmvaeError: E306 if the file is damaged, cut short, too long, or holds something else.
    """
    try:
        with path.open("rb") as file:
            compressed = file.read(len(GZIP)) == GZIP
        return _unpacked(path, axes) if compressed else _mapped(path, axes)
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(path, f"cannot be read: {reason(error)}", remedies=_REMEDIES) from None


def _unpacked(path: Path, axes: int) -> UInt8[np.ndarray, "*n"]:
    with gzip.open(path) as file:
        shape = _shape(path, file, axes)
        size = math.prod(shape)
        if size >= _MOST:
            raise unreadable(path, f"says that its shape is {shape}", remedies=_REMEDIES)
        content = file.read(size + 1)
    _require_size(path, shape, len(content))
    return np.frombuffer(content, np.uint8).reshape(shape)


def _mapped(path: Path, axes: int) -> UInt8[np.ndarray, "*n"]:
    with path.open("rb") as file:
        shape = _shape(path, file, axes)
        start = file.tell()
    _require_size(path, shape, path.stat().st_size - start)
    return np.memmap(path, np.uint8, mode="r", offset=start, shape=shape)


def _shape(path: Path, file: Any, axes: int) -> tuple[int, ...]:
    header = file.read(4 + 4 * axes)
    wanted = bytes((0, 0, _UNSIGNED_BYTES, axes))
    if len(header) < 4 + 4 * axes or header[:4] != wanted:
        message = f"starts with {header[:4].hex()}, not with {wanted.hex()}: no bytes on {axes} axes"
        raise unreadable(path, f"is no IDX file that fits: {message}", remedies=_REMEDIES)
    shape = struct.unpack(f">{axes}I", header[4:])
    if not math.prod(shape):
        raise unreadable(path, f"says that its shape is {shape}", remedies=_REMEDIES)
    return shape


def _require_size(path: Path, shape: tuple[int, ...], found: int) -> None:
    size = math.prod(shape)
    if found != size:
        told = "more" if found > size else f"{found}"
        message = f"has {told} bytes where its shape, {shape}, needs {size}"
        raise unreadable(path, message, remedies=_REMEDIES)
