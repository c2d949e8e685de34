"""The IDX format of MNIST and its relatives: a magic number, sizes, and bytes; here under gzip.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", 1998.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from rcmvae_plugins.data.faults import reason, unreadable

_UNSIGNED_BYTES = 0x08
_MOST = 2**31


def read(path: Path, axes: int) -> UInt8[np.ndarray, "*n"]:
    """Read an array of unsigned bytes.

    Args:
        path: a gzip file.
        axes: how many axes the array must have, 1 for labels and 3 for images.

    Raises:
        RcmvaeError: E306 if the file is damaged, cut short, too long, or holds something else.
    """
    try:
        with gzip.open(path) as file:
            header = file.read(4 + 4 * axes)
            wanted = bytes((0, 0, _UNSIGNED_BYTES, axes))
            if len(header) < 4 + 4 * axes or header[:4] != wanted:
                message = f"starts with {header[:4].hex()}, not with {wanted.hex()}: no bytes on {axes} axes"
                raise unreadable(path, f"is no IDX file that fits: {message}")
            shape = struct.unpack(f">{axes}I", header[4:])
            size = math.prod(shape)
            if not 0 < size < _MOST:
                raise unreadable(path, f"says that its shape is {shape}")
            content = file.read(size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(path, f"cannot be read: {reason(error)}", remedies=_REMEDIES) from None
    if len(content) != size:
        found = "more" if len(content) > size else f"{len(content)}"
        raise unreadable(
            path, f"has {found} bytes where its shape, {shape}, needs {size}", remedies=_REMEDIES
        )
    return np.frombuffer(content, np.uint8).reshape(shape)


_REMEDIES = ("delete it and fetch it again",)
