"""Chooses the size and the colour of images by the training images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, UInt8

from rcmvae_plugins.data._images import Header, Mode, brightest, pixels
from rcmvae_plugins.data.params import ImageFolderParams

_LONGEST = 64
"""Pixels of the longer side of a size that is chosen: larger images take long to train on."""
_SAMPLE = 64
"""Training images whose pixels are read for the choices."""
_SPREAD = 24
"""Difference of two colours of a pixel that JPEG does not make of grey."""
_COLOURED_PIXELS = 0.002
_COLOURED_IMAGES = 0.1
_DARK = 8
"""How many times the brightest pixel is darker than white where the scale must be wrong."""


class Choices(NamedTuple):
    """How images are decoded.

    Args:
        size: height and width.
        mode: grey or colour.
        notes: what was chosen, and why.
    """

    size: tuple[int, int]
    mode: Mode
    notes: tuple[str, ...]


def choose(
    params: ImageFolderParams, paths: Sequence[str], headers: Sequence[Header], train: Int[np.ndarray, " T"]
) -> Choices:
    """Choose what the parameters leave open.

    Args:
        params: size and mode, if they are given.
        paths: of all images.
        headers: of all images.
        train: indices of the training images.

    Returns:
        Size and mode, with a note for each that was chosen.
    """
    seen = [headers[index] for index in train.tolist()]
    sample = [int(train[position]) for position in evenly_spaced(len(train), _SAMPLE)]
    size, size_notes = (params.size, []) if params.size is not None else _size(seen)
    mode, mode_notes = (
        (params.mode, []) if params.mode != "auto" else _mode(params, [paths[index] for index in sample])
    )
    deep = [paths[index] for index in sample if headers[index].is_deep]
    return Choices(size, mode, (*size_notes, *mode_notes, *_depth_notes(deep, params.maximum)))


def evenly_spaced(count: int, most: int) -> Int[np.ndarray, " n"]:
    """Return up to `most` positions in `range(count)`, evenly spaced from the first to the last."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def _size(headers: Sequence[Header]) -> tuple[tuple[int, int], list[str]]:
    heights, widths = ([getattr(header, side) for header in headers] for side in ("height", "width"))
    height, width = float(np.median(heights)), float(np.median(widths))
    scale = min(1.0, _LONGEST / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    smallest, largest = f"{min(heights)}x{min(widths)}", f"{max(heights)}x{max(widths)}"
    of = f"of {smallest} pixels" if smallest == largest else f"of {smallest} to {largest} pixels"
    text = f"training images {of} (height x width) are resized to `size = [{size[0]}, {size[1]}]`"
    return size, [f"{text}, their medians, at most {_LONGEST}"]


def _mode(params: ImageFolderParams, paths: Sequence[str]) -> tuple[Mode, list[str]]:
    images = [image for path in paths if (image := _thumbnail(path, params)) is not None]
    coloured = sum(map(_has_colour, images))
    mode: Mode = "color" if coloured > _COLOURED_IMAGES * len(images) else "grey"
    return mode, [
        f'{coloured} of {len(images)} training images that were checked have colour: `mode = "{mode}"`'
    ]


def _thumbnail(path: str, params: ImageFolderParams) -> UInt8[np.ndarray, "H W C"] | None:
    try:
        return pixels(path, (_LONGEST, _LONGEST), "color", params.background, params.maximum)
    except Exception:  # noqa: BLE001 - a corrupt file is reported where it is decoded
        return None


def _has_colour(image: UInt8[np.ndarray, "H W C"]) -> bool:
    spread = image.max(axis=2).astype(np.int16) - image.min(axis=2)
    return float((spread > _SPREAD).mean()) > _COLOURED_PIXELS


def _depth_notes(paths: Sequence[str], maximum: int) -> list[str]:
    """Return a note if pixels of 16 bits do not fit the value of white."""
    values: list[int] = []
    for path in paths:
        try:
            values.append(brightest(path))
        except Exception:  # noqa: BLE001, S112 - as above
            continue
    most = max(values, default=maximum)
    if most > maximum:
        return [f"images of 16 bits reach {most}, and are white from `maximum = {maximum}` on"]
    if most * _DARK <= maximum and most:
        fitting = 2 ** most.bit_length() - 1
        return [f"images of 16 bits reach {most}, and {maximum} is white: set `maximum = {fitting}`"]
    return []
