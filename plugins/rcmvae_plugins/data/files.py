"""Files by name or pattern, and arrays that are memory-mapped."""

from __future__ import annotations

import glob
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from rcmvae_core.errors import RcmvaeError
from rcmvae_plugins.data.faults import absent, reason, unreadable
from rcmvae_plugins.data.idx import GZIP, read

_NPY, _ZIP, _IDX = b"\x93NUMPY", b"PK", b"\0\0"


def matching(part: str, pattern: str) -> list[Path]:
    """The file of a name, or all that match a pattern, in the order of their names.

    Args:
        part: the data part's name, for messages.
        pattern: a path; `*`, `?` and `[...]` are a pattern where no file is called so.

    Raises:
        RcmvaeError: E305 if there is none.
    """
    path = Path(pattern).expanduser()
    if path.is_file():
        return [path]
    # Path.glob takes no absolute pattern.
    found = sorted(name for name in glob.glob(str(path)) if Path(name).is_file())  # noqa: PTH207
    if not found:
        raise absent(f"data `{part}`: there is no file `{path}`", "it is relative to the working folder")
    return [Path(name) for name in found]


def mapped(path: Path) -> Shaped[np.ndarray, "..."]:
    """The array of a .npy file, or of a plain IDX file of bytes, memory-mapped.

    What kind of file it is shows in its first bytes. Pages are read from the disk when they are used, and kept
    by the system only while there is room.

    Args:
        path: the file.

    Raises:
        RcmvaeError: E306 if it is neither, is cut short, or holds Python objects, which are never unpickled.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(_NPY))
        if start.startswith(_IDX) and len(start) > len(_IDX) + 1:
            return read(path, axes=start[3])
        if start == _NPY:
            return np.load(path, mmap_mode="r", allow_pickle=False)
    except RcmvaeError:
        raise
    except Exception as error:  # noqa: BLE001 - a broken header makes NumPy raise nearly anything
        remedy = "it must be the whole of what numpy.save writes of an array of numbers or texts"
        raise unreadable(path, f"cannot be read: {reason(error)}", remedies=[remedy]) from None
    if start.startswith(GZIP):
        message, remedy = "is compressed, so that it cannot be memory-mapped", "unpack it, with gunzip"
    elif start.startswith(_ZIP):
        message, remedy = "is a .npz file", "say data `npz`, or write each array with numpy.save"
    else:
        message, remedy = "is no .npy and no IDX file", "write it with numpy.save"
    raise unreadable(path, message, remedies=[remedy])
