"""Reads the IDX format of MNIST: a magic number, sizes, and bytes; compressed with gzip or not.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", 1998.
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from jaxtyping import UInt8

from rcmvae_core.runtime.data_limit import check_size
from rcmvae_core.runtime.user_files import open_file
from rcmvae_plugins.data._errors import reason, unreadable

GZIP = b"\x1f\x8b"
"""The first bytes of a gzip file."""

_UNSIGNED_BYTES = 0x08
_MOST_UNFOLDED = 1032
"""Bytes that a byte of the compressed format unfolds to at most."""
_REMEDIES = ("delete the file and download it again",)


def read(path: Path, rank: int) -> UInt8[np.ndarray, "*n"]:
    """Read an array of unsigned bytes, into memory if the file is compressed, else as a memory map.

    Args:
        path: the file; whether it is compressed follows from its first bytes, not from its name.
        rank: the number of axes that the array must have, 1 for labels and 3 for images.

    Returns:
        The array, in the shape that the file declares.

    Raises:
        RcmvaeError: E306 if the file is corrupt, truncated, too long, or not such an array; E470 if decompressing it would take too
            much memory.
    """
    try:
        with open_file(path) as file:
            compressed = file.read(len(GZIP)) == GZIP
            file.seek(0)
            return _read_gzip(path, file, rank) if compressed else _map(path, file, rank)
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(path, f"cannot be read: {reason(error)}", remedies=_REMEDIES) from None


def _read_gzip(path: Path, file: BinaryIO, rank: int) -> UInt8[np.ndarray, "*n"]:
    with gzip.open(file) as plain:
        shape = _read_shape(path, plain, rank)
        size = math.prod(shape)
        if size > _MOST_UNFOLDED * os.fstat(file.fileno()).st_size:
            raise unreadable(path, f"declares the shape {shape}", remedies=_REMEDIES)
        check_size(path, f"the array of shape {shape}", size)
        content = plain.read(size + 1)
    _check_size(path, shape, len(content))
    return np.frombuffer(content, np.uint8).reshape(shape)


def _map(path: Path, file: BinaryIO, rank: int) -> UInt8[np.ndarray, "*n"]:
    shape = _read_shape(path, file, rank)
    start = file.tell()
    _check_size(path, shape, os.fstat(file.fileno()).st_size - start)
    return np.memmap(file, np.uint8, mode="r", offset=start, shape=shape)


def _read_shape(path: Path, file: Any, rank: int) -> tuple[int, ...]:
    """Read the header of an open file.

    Args:
        path: its path, for messages.
        file: opened for binary reading, at its start.
        rank: the number of axes that it must declare.

    Raises:
        RcmvaeError: E306 if it declares another rank or type, or an empty array.
    """
    header = file.read(4 + 4 * rank)
    magic = bytes((0, 0, _UNSIGNED_BYTES, rank))
    if len(header) < 4 + 4 * rank or header[:4] != magic:
        message = f"is not an IDX file of bytes with {rank} axes: "
        message += f"it begins with {header[:4].hex()}, expected {magic.hex()}"
        raise unreadable(path, message, remedies=_REMEDIES)
    shape = struct.unpack(f">{rank}I", header[4:])
    if not math.prod(shape):
        raise unreadable(path, f"declares the shape {shape}", remedies=_REMEDIES)
    return shape


def _check_size(path: Path, shape: tuple[int, ...], size: int) -> None:
    """Raise unless a file has as many bytes as its shape needs.

    Args:
        path: of the file.
        shape: which the file declares.
        size: the number of bytes that it has; one more stands for any larger number.
    """
    expected = math.prod(shape)
    if size != expected:
        actual = "more" if size > expected else f"{size}"
        message = f"has {actual} bytes; its shape {shape} needs {expected}"
        raise unreadable(path, message, remedies=_REMEDIES)
