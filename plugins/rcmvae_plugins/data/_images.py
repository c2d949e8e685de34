"""Decodes image files to arrays of pixels of 8 bits."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps

from rcmvae_core.runtime.data_limit import VARIABLE, stated_limit
from rcmvae_core.runtime.user_files import open_file

Mode = Literal["grey", "color"]
Background = Literal["auto", "white", "black"]
FORMATS = (
    "AVIF", "BMP", "DDS", "DIB", "GIF", "ICNS", "ICO", "IM", "JPEG", "JPEG2000", "MSP", "PCX", "PNG", "PPM", "PSD",
    "QOI", "SGI", "SUN", "TGA", "TIFF", "WEBP", "XBM", "XPM",
)  # fmt: skip
"""The formats that are read, in the terms of Pillow: of images alone, without those that start other programs, such as
EPS, and those that Pillow only identifies. Pillow chooses the format by the content of a file, not by its name."""
_PIL_MODES = {"grey": "L", "color": "RGB"}
_DIRECT_MODES = frozenset({"1", "L", "P", "RGB"})
"""Modes that Pillow converts to grey without a detour through RGB."""
_ORIENTATION = 0x0112
_FIRST_TRANSPOSED = 5
"""EXIF orientations from this one on exchange height and width."""
DEEP_MAXIMUM = 65535
_PIXEL_BYTES = 4
_LIGHT = 192
"""Mean grey of the visible pixels above which they would hardly be seen on white."""


class Header(NamedTuple):
    """What the header of an image says.

    Args:
        height: in pixels, after the rotation by the EXIF orientation.
        width: in pixels, likewise.
        has_alpha: whether pixels may be transparent.
        is_deep: whether pixels have 16 bits.
        has_frames: whether it is an animation or has several pages.
    """

    height: int
    width: int
    has_alpha: bool
    is_deep: bool
    has_frames: bool


def channels(mode: Mode) -> int:
    """Return C, the number of values of a pixel."""
    return len(_PIL_MODES[mode])


def pixels(
    file: str | Path | BytesIO,
    size: tuple[int, int],
    mode: Mode,
    background: Background = "auto",
    maximum: int = DEEP_MAXIMUM,
) -> UInt8[np.ndarray, "H W C"]:
    """Decode the first frame of an image, rotated by its EXIF orientation, and resize it bilinearly.

    Transparent pixels show the background; 16 bits are scaled to 8.

    Args:
        file: the path of a file in one of `FORMATS`, or its content.
        size: height H and width W.
        mode: one channel, or red, green and blue.
        background: `auto` is white, and black for an image whose visible pixels are light.
        maximum: the value of a pixel of 16 bits that is white.

    Returns:
        Values from 0 to 255.

    Raises:
        ValueError: if pixels are floats or integers without a known range.
        Exception: whatever Pillow raises for a corrupt file, which is nearly anything.
    """
    height, width = size
    with _opened(file) as image:
        flat = _convert(_upright(image, background, maximum), mode)
        resized = flat.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(resized).reshape(height, width, channels(mode))


def read_header(file: str | Path | BytesIO) -> Header:
    """Read the header of an image, but no pixels.

    Returns:
        What it says.

    Raises:
        ValueError: if pixels are floats.
        Exception: whatever Pillow raises.
    """
    with _opened(file) as image:
        _check_mode(image)
        width, height = image.size
        # For a PNG without EXIF before its pixels, Pillow would decode these to find some after them.
        has_exif = image.format != "PNG" or "exif" in image.info
        if has_exif and image.getexif().get(_ORIENTATION, 1) >= _FIRST_TRANSPOSED:
            width, height = height, width
        # The further frames of an MPO are previews that cameras put into a JPEG.
        has_frames = image.format != "MPO" and getattr(image, "is_animated", False)
        return Header(height, width, image.has_transparency_data, _is_deep(image), has_frames)


def brightest(file: str | Path) -> int:
    """Return the highest value of an image of one channel."""
    with _opened(file) as image:
        return int(np.asarray(image).max(initial=0))


@cache
def _formats() -> tuple[str, ...]:
    """Return the formats that this build of Pillow has."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


@contextmanager
def _opened(file: str | Path | BytesIO) -> Generator[Image.Image]:
    """Open an image of one of the formats; one with too many pixels is refused by its header.

    Args:
        file: its path or its content.

    Raises:
        ValueError: if it has too many pixels.
        Exception: whatever Pillow raises.
    """
    limit = stated_limit()
    if limit is not None:
        # Pillow refuses twice as many pixels as it warns of.
        Image.MAX_IMAGE_PIXELS = max(1, limit // _PIXEL_BYTES // 2)
    with open_file(file) if isinstance(file, str | Path) else nullcontext(file) as content:
        try:
            image = Image.open(content, formats=_formats())
        except Image.DecompressionBombError as error:
            raise ValueError(f"{str(error).partition(',')[0]}; to raise it: {VARIABLE}=SIZE") from None
        with image:
            yield image


def _upright(image: Image.Image, background: Background, maximum: int) -> Image.Image:
    """Return an opaque image of 8 bits, rotated by its EXIF orientation.

    Args:
        image: the open image.
        background: what transparent pixels show.
        maximum: the value of a pixel of 16 bits that is white.
    """
    _check_mode(image)
    upright = ImageOps.exif_transpose(image)
    if _is_deep(upright):
        return _scale_deep(upright, maximum)
    return _composite(upright, background) if upright.has_transparency_data else upright


def _convert(image: Image.Image, mode: Mode) -> Image.Image:
    # From other modes, such as CMYK, Pillow knows only the way to RGB.
    rgb = image if image.mode in _DIRECT_MODES else image.convert("RGB")
    return rgb.convert(_PIL_MODES[mode])


def _composite(image: Image.Image, background: Background) -> Image.Image:
    rgba = image.convert("RGBA")
    # Every image by itself: its pixels do not depend on the images beside it.
    colour = ("black" if _is_light(rgba) else "white") if background == "auto" else background
    canvas = Image.new("RGBA", rgba.size, colour)
    canvas.alpha_composite(rgba)
    return canvas.convert("RGB")


def _is_light(image: Image.Image) -> bool:
    """Return whether the pixels of an image that are at least half visible, or else visible at all, are light."""
    alpha = np.asarray(image.getchannel("A"))
    visible = alpha >= max(1, min(128, int(alpha.max(initial=0))))
    grey = np.asarray(image.convert("RGB").convert("L"))[visible]
    return bool(grey.size and grey.mean() > _LIGHT)


def _scale_deep(image: Image.Image, maximum: int) -> Image.Image:
    """Scale an image of 16 bits to 8."""
    values = np.asarray(image).astype(np.int64)
    if values.min(initial=0) < 0 or values.max(initial=0) > DEEP_MAXIMUM:
        raise ValueError("integers of 32 bits have no known range; convert them to 8 or 16 bits")
    scaled = np.minimum((values * 255 + maximum // 2) // maximum, 255)
    return Image.fromarray(scaled.astype(np.uint8))


def _is_deep(image: Image.Image) -> bool:
    return image.mode[0] == "I"


def _check_mode(image: Image.Image) -> None:
    if image.mode[0] == "F":
        raise ValueError("pixels are floats, which have no known range; convert them to 8 or 16 bits")
