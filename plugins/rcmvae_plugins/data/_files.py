"""Finds files by name or pattern, and maps arrays into memory."""

from __future__ import annotations

import glob
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.runtime.array_files import map_array
from rcmvae_core.runtime.user_files import expanded, is_file, open_file
from rcmvae_plugins.data._errors import missing_file, reason, unreadable
from rcmvae_plugins.data._idx import GZIP, read

_NPY, _ZIP, _IDX = b"\x93NUMPY", b"PK", b"\0\0"


def matching(plugin: str, pattern: str) -> list[Path]:
    """Return the file with a name, or all files that match a pattern, in the order of their names.

    Args:
        plugin: the name of the data plugin, for messages.
        pattern: a path, which is a pattern with `*`, `?` and `[...]` unless a file has exactly this name.

    Raises:
        RcmvaeError: E305 if there is no such file.
    """
    path = expanded(pattern)
    if is_file(path):
        return [path]
    # Path.glob does not accept absolute patterns.
    names = sorted(name for name in glob.glob(str(path)) if is_file(name))  # noqa: PTH207
    if not names:
        raise missing_file(plugin, path)
    return [Path(name) for name in names]


def mapped(path: Path) -> Shaped[np.ndarray, "..."]:
    """Map the array of a .npy file, or of an uncompressed IDX file of bytes, into memory.

    The format follows from the first bytes. The operating system reads pages from disk on use, and keeps them while it
    has room.

    Args:
        path: the file.

    Returns:
        A read-only memory map.

    Raises:
        RcmvaeError: E306 if the file has another format, is truncated, or contains Python objects, which are never
            unpickled.
    """
    try:
        with open_file(path) as file:
            start = file.read(len(_NPY))
            file.seek(0)
            if start == _NPY:
                return map_array(file)
        if start.startswith(_IDX) and len(start) > len(_IDX) + 1:
            return read(path, rank=start[3])
    except RcmvaeError:
        raise
    except Exception as error:  # noqa: BLE001 - NumPy raises nearly any exception for a corrupt header
        remedy = "it must be a complete array of numbers or strings, written by numpy.save"
        raise unreadable(path, f"cannot be read: {reason(error)}", remedies=[remedy]) from None
    if start.startswith(GZIP):
        message, remedy = "is compressed and cannot be memory-mapped", "decompress it with gunzip"
    elif start.startswith(_ZIP):
        message, remedy = "is a .npz file", "use data `npz`, or write each array with numpy.save"
    else:
        message, remedy = "is neither a .npy nor an IDX file", "write it with numpy.save"
    raise unreadable(path, message, remedies=[remedy])
