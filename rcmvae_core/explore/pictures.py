"""Draws images as PNG sheets, as the data set stores them."""

from __future__ import annotations

from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Shaped, UInt8
from PIL import Image

from rcmvae_core.inference.model_info import ModelInfo

_IMAGE_AXES = 3
_GREY, _RGB = 1, 3
_BYTE = 255
MAX_SIDE = 192
"""Pixels of the longer side above which a cell is drawn smaller, so that a sheet of 256 cells stays small."""


class Sheet(NamedTuple):
    """Pictures in rows from the top left; cells that hold none are transparent.

    Args:
        png: the file.
        columns: cells of a row.
        rows: the number of rows.
    """

    png: bytes
    columns: int
    rows: int


def has_pictures(info: ModelInfo) -> bool:
    """Return whether inputs are images, [H W C], and not features or series."""
    return info.columns is None and len(info.context.input_shape) == _IMAGE_AXES


def cell_size(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return height and width of a picture of inputs [H W C], at most `MAX_SIDE` pixels long.

    Example:
        >>> cell_size((28, 28, 1)), cell_size((384, 192, 3))
        ((28, 28), (192, 96))
    """
    height, width = shape[:2]
    shrink = max(1.0, max(height, width) / MAX_SIDE)
    return max(1, round(height / shrink)), max(1, round(width / shrink))


def in_data_units(x: Float[np.ndarray, "n *x"], info: ModelInfo) -> Float[np.ndarray, "n *x"]:
    """Return what the model decoded in the units that the data set stores inputs in."""
    return x * np.float32(info.maximum) if info.scaling is None else info.scaling.inverse(x)


def brightness(values: Shaped[np.ndarray, "n H W C"], info: ModelInfo) -> Float[np.ndarray, "n H W C"]:
    """Return how bright pixels are drawn, in [0, 1].

    Without a scaling the data set's `maximum` is white and 0 black; images that are scaled have no other range than that
    of the training images.

    Args:
        values: in the units of the data.
        info: the model.
    """
    low, width = _display_range(info)
    # In float64: a range of large numbers is narrow beside them.
    return np.clip((np.asarray(values, np.float64) - low) / width, 0.0, 1.0)


def from_bytes(pixels: UInt8[np.ndarray, "n H W C"], info: ModelInfo) -> np.ndarray:
    """Return pictures as the data set would store them, so that `to_bytes` gives the same pictures back.

    Args:
        pixels: of pictures.
        info: the model.

    Returns:
        Bytes for a model of bytes, else float32 in the units of the data.
    """
    if np.dtype(info.dtype) == np.uint8:
        return pixels
    low, width = _display_range(info)
    values = low + pixels.astype(np.float64) * (width / _BYTE)
    if (
        info.scaling is None and np.dtype(info.dtype).kind != "f"
    ):  # the model takes floats as shares of the maximum
        return (values / info.maximum).astype(np.float32)
    return values.astype(np.float32)


def to_bytes(values: Shaped[np.ndarray, "n H W C"], info: ModelInfo) -> UInt8[np.ndarray, "n H W c"]:
    """Return images as pixels of 8 bits, grey or RGB.

    Of images with two colour channels their mean is drawn, and of those with more than three the first three.

    Args:
        values: in the units of the data.
        info: the model.
    """
    channels = values.shape[-1]
    drawn = values if channels in (_GREY, _RGB) else values[..., :_RGB]
    if channels == 2:  # noqa: PLR2004
        drawn = np.asarray(values, np.float64).mean(axis=-1, keepdims=True)
    if drawn.dtype == np.uint8 and info.scaling is None and info.maximum == _BYTE:
        return drawn
    return np.rint(brightness(drawn, info) * _BYTE).astype(np.uint8)


def colour_note(shape: tuple[int, ...]) -> str | None:
    """Return which colour channels of inputs [H W C] are drawn; None if all of them are."""
    channels = shape[-1]
    if channels in (_GREY, _RGB):
        return None
    return (
        "the mean of two colour channels"
        if channels == 2  # noqa: PLR2004
        else f"the first three of {channels} colour channels"
    )


def draw_sheet(images: Shaped[np.ndarray, "n H W C"], info: ModelInfo, columns: int | None = None) -> Sheet:
    """Draw images in cells of `cell_size`.

    Args:
        images: in the units of the data.
        info: the model.
        columns: cells of a row; absent, as many as make the sheet about square.

    Returns:
        The sheet.
    """
    pixels = _resized(to_bytes(images, info))
    columns = max(1, min(columns or int(np.ceil(np.sqrt(len(pixels)))), max(1, len(pixels))))
    return Sheet(write_png(join(pixels, columns)), columns, -(-len(pixels) // columns))


def join(pixels: UInt8[np.ndarray, "n H W c"], columns: int) -> UInt8[np.ndarray, "h w d"]:
    """Join pictures into one; where the last row is not full, it has an alpha channel that is 0 in the empty cells.

    Args:
        pixels: the pictures, grey or RGB.
        columns: pictures of a row.

    Returns:
        Grey or RGB, with or without alpha.
    """
    count, height, width, channels = pixels.shape
    rows = max(1, -(-count // columns))
    if count < rows * columns:
        opaque = np.full((*pixels.shape[:3], 1), _BYTE, np.uint8)
        empty = np.zeros((rows * columns - count, height, width, channels + 1), np.uint8)
        pixels = np.concatenate([np.concatenate([pixels, opaque], axis=-1), empty])
    cells = pixels.reshape(rows, columns, height, width, -1)
    return cells.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, -1)


def write_png(pixels: UInt8[np.ndarray, "h w d"]) -> bytes:
    """Return a picture, grey or RGB, with or without alpha, as a PNG file."""
    image = Image.fromarray(np.ascontiguousarray(pixels[..., 0] if pixels.shape[-1] == _GREY else pixels))
    file = BytesIO()
    image.save(file, format="PNG", compress_level=1)  # the page waits for it, and it stays on this machine
    return file.getvalue()


def _resized(pixels: UInt8[np.ndarray, "n H W c"]) -> UInt8[np.ndarray, "n h w c"]:
    height, width = cell_size(pixels.shape[1:])
    if (height, width) == pixels.shape[1:3]:
        return pixels
    drawn = [Image.fromarray(p[..., 0] if p.shape[-1] == _GREY else p) for p in pixels]
    smaller = [np.asarray(image.resize((width, height), Image.Resampling.BOX)) for image in drawn]
    return np.array(smaller, np.uint8).reshape(len(pixels), height, width, pixels.shape[-1])


def _display_range(info: ModelInfo) -> tuple[float, float]:
    """Return the value that is drawn black, and how much more is white."""
    if info.scaling is None:
        return 0.0, float(info.maximum)
    # Images are scaled together, so that each is one number.
    low, high = (float(np.asarray(each).reshape(-1)[0]) for each in (info.scaling.low, info.scaling.high))
    return low, (high - low) or 1.0


def picture_size(info: ModelInfo) -> dict[str, Any] | None:
    """Return width and height of a cell, for JSON; None if inputs are no images."""
    if not has_pictures(info):
        return None
    height, width = cell_size(info.context.input_shape)
    return {"width": width, "height": height}
