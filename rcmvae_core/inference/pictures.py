"""Pictures side by side, as a PNG."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8

_COLOURS = {1: 0, 3: 2}
_GAP = 2
_LEAST = 48
"""Pixels of a picture's longer side, at least about."""


def drawable(shape: tuple[int, ...]) -> bool:
    """Whether inputs of this shape are pictures: grey, or red, green and blue."""
    return len(shape) == 3 and shape[-1] in _COLOURS  # noqa: PLR2004


def grid(pictures: Float[np.ndarray, "R S H W C"]) -> UInt8[np.ndarray, "h w C"]:
    """Rows of pictures with values in [0, 1], with a line between them; small ones are enlarged."""
    scale = max(1, _LEAST // max(pictures.shape[2:4]))
    pictures = pictures.repeat(scale, axis=2).repeat(scale, axis=3)
    rows, columns, height, width, channels = pictures.shape
    whole = np.full((rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP, channels), 255, np.uint8)
    for row in range(rows):
        for column in range(columns):
            top, left = row * (height + _GAP), column * (width + _GAP)
            values = np.rint(np.clip(pictures[row, column], 0, 1) * 255).astype(np.uint8)
            whole[top : top + height, left : left + width] = values
    return whole


def square(pictures: Float[np.ndarray, "n *x"]) -> Float[np.ndarray, "R S *x"]:
    """In rows and columns of about the same number; what is left empty is white."""
    columns = int(np.ceil(np.sqrt(len(pictures))))
    rows = -(-len(pictures) // columns)
    whole = np.ones((rows * columns, *pictures.shape[1:]), pictures.dtype)
    whole[: len(pictures)] = pictures
    return whole.reshape(rows, columns, *pictures.shape[1:])


def write_png(path: Path, picture: UInt8[np.ndarray, "h w C"]) -> None:
    """Write a PNG.

    Raises:
        OSError: if it cannot be written.
    """
    height, width, channels = picture.shape
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOURS[channels], 0, 0, 0)
    lines = np.concatenate([np.zeros((height, 1), np.uint8), picture.reshape(height, -1)], axis=1)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes())), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks))


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
