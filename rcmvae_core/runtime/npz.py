"""Reads .npz files whose content is not trusted: nothing is pickled, and sizes are checked before memory is reserved."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from tokenize import TokenError

import numpy as np

from rcmvae_core.runtime.array_files import read_header
from rcmvae_core.runtime.records import RecordError, require_file

MAX_BYTES = 8 * 2**30
"""Bytes of all arrays that are read together, at most."""
_SUFFIX = ".npy"


def read_npz(path: Path, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Read arrays of a .npz file.

    Args:
        path: the file.
        names: of the arrays.

    Returns:
        The arrays, by name.

    Raises:
        RecordError: if the file or an array is missing, corrupt, pickled, or larger than `MAX_BYTES`.
    """
    require_file(path)
    names = list(names)
    try:
        with zipfile.ZipFile(path) as archive:
            _check_sizes(archive, names)
        with np.load(path, allow_pickle=False) as arrays:
            return {name: np.asarray(arrays[name]) for name in names}
    except RecordError:
        raise
    except KeyError as error:
        raise RecordError(f"it has no array `{error.args[0]}`") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise RecordError(str(error) or "it is not a .npz file") from None
    except (
        RuntimeError,
        OverflowError,
        MemoryError,
        SyntaxError,
        TypeError,
        TokenError,
    ) as error:  # encrypted, or a corrupt header
        raise RecordError(f"it is corrupt: {error}") from None


def array_names(path: Path) -> list[str]:
    """Return the names of the arrays of a .npz file.

    Raises:
        RecordError: if it is none.
    """
    require_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            return [name.removesuffix(_SUFFIX) for name in archive.namelist()]
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        raise RecordError(str(error)) from None


def _check_sizes(archive: zipfile.ZipFile, names: list[str]) -> None:
    total = sum(_size(archive, name) for name in names)
    if total > MAX_BYTES:
        raise RecordError(f"its arrays have {total} bytes, of at most {MAX_BYTES}")


def _size(archive: zipfile.ZipFile, name: str) -> int:
    """Return the bytes of an array, which its header and its entry must agree on.

    Args:
        archive: the file.
        name: of the array.
    """
    try:
        entry = archive.getinfo(f"{name}{_SUFFIX}")
    except KeyError:
        raise RecordError(f"it has no array `{name}`") from None
    with archive.open(entry) as file:
        try:
            return read_header(file, entry.file_size).size
        except ValueError as error:
            raise RecordError(f"its array `{name}` is corrupt: {error}") from None
