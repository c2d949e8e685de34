"""Decodes image files to arrays of pixels."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps

Mode = Literal["grey", "color"]
_PIL_MODES = {"grey": "L", "color": "RGB"}


def channels(mode: Mode) -> int:
    """Return C, the number of values of a pixel."""
    return len(_PIL_MODES[mode])


def pixels(file: str | BytesIO, size: tuple[int, int], mode: Mode) -> UInt8[np.ndarray, "H W C"]:
    """Decode an image: rotate it by its EXIF orientation, convert it to grey or RGB, and resize it bilinearly.

    Transparency is dropped.

    Args:
        file: the path of a file in any format that Pillow reads, or its content.
        size: height H and width W.
        mode: one channel, or red, green and blue.

    Returns:
        Values from 0 to 255.

    Raises:
        ValueError: if a pixel has more than 8 bits.
        Exception: whatever Pillow raises for a corrupt file, which is nearly anything.
    """
    height, width = size
    with Image.open(file) as image:
        _check_depth(image)
        upright = ImageOps.exif_transpose(image).convert(_PIL_MODES[mode])
        resized = upright.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(resized).reshape(height, width, channels(mode))


def check_header(file: Path) -> None:
    """Read the header of an image, but no pixels.

    Raises:
        ValueError: if a pixel has more than 8 bits.
        Exception: whatever Pillow raises.
    """
    with Image.open(file) as image:
        _check_depth(image)


def _check_depth(image: Image.Image) -> None:
    if image.mode[0] in "IF":
        raise ValueError(f"pixels must have at most 8 bits per channel, got mode {image.mode}")
