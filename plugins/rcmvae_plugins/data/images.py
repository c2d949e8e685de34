"""One image file to pixels."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps

Mode = Literal["grey", "color"]
_MODES = {"grey": "L", "color": "RGB"}


def channels(mode: Mode) -> int:
    """Values of a pixel, C."""
    return len(_MODES[mode])


def pixels(file: str | BytesIO, size: tuple[int, int], mode: Mode) -> UInt8[np.ndarray, "H W C"]:
    """Decode an image: turned as its EXIF says, made grey or RGB, and stretched by bilinear filtering.

    Transparency is dropped.

    Args:
        file: the path of a file of any format that Pillow reads, or what is in it.
        size: height H and width W.
        mode: one channel, or red, green and blue.

    Raises:
        ValueError: if a pixel has more than 8 bits.
        Exception: whatever Pillow raises for a file that is broken, which is nearly anything.
    """
    height, width = size
    with Image.open(file) as image:
        _require_bytes(image)
        upright = ImageOps.exif_transpose(image).convert(_MODES[mode])
        resized = upright.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(resized).reshape(height, width, channels(mode))


def check_header(file: Path) -> None:
    """Read the header of an image, and no pixel.

    Raises:
        ValueError: if a pixel has more than 8 bits.
        Exception: whatever Pillow raises.
    """
    with Image.open(file) as image:
        _require_bytes(image)


def _require_bytes(image: Image.Image) -> None:
    if image.mode[0] in "IF":
        raise ValueError(f"its pixels are of more than 8 bits (mode {image.mode})")
