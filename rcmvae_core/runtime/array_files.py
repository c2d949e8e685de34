"""Reads the headers of .npy and .npz files, and arrays whose size was checked before anything is allocated."""

from __future__ import annotations

import math
import os
import zipfile
from collections.abc import Collection
from tokenize import TokenError
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from jaxtyping import Shaped
from numpy.lib import format as npy

from rcmvae_core.runtime.data_limit import check_size
from rcmvae_core.runtime.user_files import shortened

_SUFFIX = ".npy"
_MAX_AXES = 32


class ArrayHeader(NamedTuple):
    """What a .npy file declares.

    Args:
        shape: of the array.
        dtype: of its values.
        is_fortran: whether the first axis varies fastest.
        start: the position of the first value in the file.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    is_fortran: bool
    start: int

    @property
    def size(self) -> int:
        """The number of bytes of all values."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_header(file: Any, length: int) -> ArrayHeader:
    """Read the header of a .npy file, and check it against the length of the file.

    Args:
        file: opened for binary reading, at its start.
        length: the number of bytes of the file.

    Returns:
        The header.

    Raises:
        ValueError: if it is not a header, if its values are Python objects, which are never unpickled, or if the file has
            another number of bytes than they need.
    """
    version = npy.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"it has version {version[0]}.{version[1]} of the format, which is for named fields")
    try:
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, is_fortran, dtype = read(file)
    except (SyntaxError, TokenError, TypeError) as error:  # the header is a literal of Python
        raise ValueError(f"its header is corrupt: {error}") from None
    if dtype.hasobject:
        raise ValueError("it contains Python objects, which are not unpickled")
    if dtype.itemsize == 0 or len(shape) > _MAX_AXES or any(axis < 0 for axis in shape):
        raise ValueError(f"it declares the shape {shortened(shape)} of {dtype}")
    header = ArrayHeader(tuple(map(int, shape)), dtype, is_fortran, file.tell())
    if header.size != length - header.start:
        available = max(0, length - header.start)
        message = (
            f"it declares the shape {shortened(header.shape)} of {dtype}, which needs {header.size:,} bytes, "
        )
        raise ValueError(f"{message}and has {available:,}")
    return header


def map_array(file: BinaryIO) -> Shaped[np.ndarray, "..."]:
    """Map the array of a .npy file into memory; it stays valid when the file is closed.

    Args:
        file: a regular file, opened for reading, at its start.

    Returns:
        A read-only memory map; of an empty array an array.

    Raises:
        ValueError: as `read_header`.
        OSError: if it cannot be read.
    """
    header = read_header(file, os.fstat(file.fileno()).st_size)
    order = "F" if header.is_fortran else "C"
    if not header.size:
        return np.zeros(header.shape, header.dtype, order)
    return np.memmap(file, header.dtype, "r", header.start, header.shape, order)


def npz_names(file: BinaryIO) -> tuple[str, ...]:
    """Return the names of the arrays of a .npz file.

    Args:
        file: opened for binary reading.

    Raises:
        Exception: whatever `zipfile` raises for a corrupt file.
    """
    with zipfile.ZipFile(file) as archive:
        return tuple(_members(archive))


def npz_headers(file: BinaryIO, names: Collection[str] | None = None) -> dict[str, ArrayHeader]:
    """Return the headers of arrays of a .npz file, without their values.

    Args:
        file: opened for binary reading.
        names: of the arrays; None takes all.

    Returns:
        The headers by name.

    Raises:
        ValueError: as `read_header`.
        Exception: as `npz_names`.
    """
    with zipfile.ZipFile(file) as archive:
        members = _members(archive)
        return {name: _header(archive, members[name]) for name in (members if names is None else names)}


def read_npz(origin: object, file: BinaryIO, names: Collection[str]) -> dict[str, Shaped[np.ndarray, "..."]]:
    """Read arrays of a .npz file, whose sizes are checked before anything is decompressed.

    Args:
        origin: the path of the file, for messages.
        file: opened for binary reading.
        names: of the arrays, all of which the file must have.

    Returns:
        The arrays by name.

    Raises:
        RcmvaeError: E470 if they would take too much memory.
        ValueError: as `read_header`.
        Exception: as `npz_names`.
    """
    headers = npz_headers(file, names)
    largest = max(headers, key=lambda name: headers[name].size)
    shape, more = headers[largest].shape, f", with {len(headers) - 1} more," if len(headers) > 1 else ""
    what = f"array `{shortened(largest)}` of shape {shortened(shape)} and type {headers[largest].dtype}{more}"
    check_size(origin, what, sum(header.size for header in headers.values()))
    with zipfile.ZipFile(file) as archive:
        members = _members(archive)
        return {name: _read(archive, members[name]) for name in names}


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the members of a .npz file by the name of their array; of several with one name the last."""
    return {member.filename.removesuffix(_SUFFIX): member for member in archive.infolist()}


def _header(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> ArrayHeader:
    with archive.open(member) as content:
        return read_header(content, member.file_size)


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Shaped[np.ndarray, "..."]:
    with archive.open(member) as content:
        return npy.read_array(content, allow_pickle=False)
