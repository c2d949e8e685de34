"""Draws inputs as the tiles of a grid: images as pixels, rows of features as small profiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rcmvae_plugins.figures._arrays import shorten
from rcmvae_plugins.figures._pixels import join_row, to_rgba
from rcmvae_plugins.figures._profiles import draw_profiles
from rcmvae_plugins.figures._style import (
    BLUE,
    INK,
    RULE,
    WIDTH,
    titled_figure,
    without_frame,
)

_IMAGE_AXES = 3

# Lengths in inches.
_LABEL_CHARACTER = 0.075
_TEXT_CHARACTER = 0.062
_LINE = 0.125
_GAP = 0.07
_GROUP_GAP = 0.12
_IMAGE_WIDTH = 0.78
_LEAST_IMAGE_WIDTH = 0.4
_PAGE = 7.0
_PROFILE_GAP = 0.15
_PROFILE_WIDTH = 2.0
_PROFILE_HEIGHT = 0.46
_TITLE = 0.46
_CAPTION = 0.26
_TALLEST = 1.3


class TileRow(NamedTuple):
    """A row of tiles.

    Args:
        label: at the side.
        tiles: values in [0, 1].
        texts: above each tile, of one or several lines; empty if there are none.
        reference: features that are outlined over the tiles, for a comparison; None outlines none.
        heat: whether the values are a map of a quantity, and not a picture.
    """

    label: str
    tiles: Float[np.ndarray, "c *x"]
    texts: Sequence[str] = ()
    reference: Float[np.ndarray, "c *x"] | None = None
    heat: bool = False


class _Layout(NamedTuple):
    """Sizes in inches: of a tile, of the gap beside it, and of the labels."""

    width: float
    height: float
    gap: float
    label: float


def is_image(shape: tuple[int, ...]) -> bool:
    """Return whether the shape of an input is that of an image, (H, W, C)."""
    return len(shape) == _IMAGE_AXES


def blocks(rows: Sequence[TileRow], columns: int) -> list[TileRow]:
    """Break long rows, as lines of a paragraph: the first part of every row, then the second of every row, and so on.

    Args:
        rows: equally long.
        columns: the largest number of tiles in a row.

    Returns:
        At most `columns` tiles in each row.
    """
    return [
        row._replace(
            tiles=row.tiles[start : start + columns],
            texts=row.texts[start : start + columns],
            reference=None if row.reference is None else row.reference[start : start + columns],
        )
        for start in range(0, len(rows[0].tiles), columns)
        for row in rows
    ]


def tile_figure(title: str, rows: Sequence[TileRow], *, group: int = 1) -> Figure:
    """Draw rows of tiles below each other, with one axes whose unit is an inch.

    Args:
        title: the main result that the figure shows.
        rows: the rows; all their tiles have the same shape.
        group: the number of rows that belong together, with a gap below them.

    Returns:
        A figure of full width at most.
    """
    columns = max(len(row.tiles) for row in rows)
    layout = _layout(rows, columns)
    bottoms: list[float] = []
    for index, row in enumerate(rows):
        above = (bottoms[-1] if bottoms else 0.0) + _GAP * bool(index)
        above += _GROUP_GAP if index and group > 1 and index % group == 0 else 0.0
        bottoms.append(above + layout.height + _text_height(row))
    width = columns * (layout.width + layout.gap) - layout.gap
    image = is_image(rows[0].tiles.shape[1:])
    height = bottoms[-1] + _TITLE + (0.0 if image else _CAPTION)
    figure = titled_figure(width + layout.label, height, title)
    axes = without_frame(figure.subplots())
    for row, bottom in zip(rows, bottoms, strict=True):
        _draw_row(axes, row, bottom, layout)
    axes.set(xlim=(0, width), ylim=(bottoms[-1], 0), xticks=[], anchor="NW", aspect="equal")
    centres = [bottom - layout.height / 2 for bottom in bottoms]
    axes.set_yticks(centres, [row.label for row in rows], parse_math=False)
    if not image:
        outlined = "; the outline is the input" if any(row.reference is not None for row in rows) else ""
        features = rows[0].tiles.shape[1]
        nouns = "1 feature" if features == 1 else f"{features} features"
        axes.set_xlabel(f"{nouns} from 0 to 1{outlined}", loc="left")
    return figure


def _text_height(row: TileRow) -> float:
    lines = max((text.count("\n") + 1 for text in row.texts), default=0)
    return lines * _LINE + 0.04 if lines else 0.0


def _layout(rows: Sequence[TileRow], columns: int) -> _Layout:
    shape = rows[0].tiles.shape[1:]
    label = 0.2 + _LABEL_CHARACTER * max(len(row.label) for row in rows)
    if not is_image(shape):
        space = (WIDTH - label + _PROFILE_GAP) / columns - _PROFILE_GAP
        return _Layout(min(space, _PROFILE_WIDTH), _PROFILE_HEIGHT, _PROFILE_GAP, label)
    space = (WIDTH - label + _GAP) / columns - _GAP
    # Many rows are smaller, so that they fit on a page.
    most = float(np.clip(_PAGE / len(rows), _LEAST_IMAGE_WIDTH, _IMAGE_WIDTH))
    # Gaps are transparent pixels of the row's image, so a gap is a whole number of them.
    pixels = max(1, round(shape[1] * _GAP / min(space, most)))
    width = min((WIDTH - label) / (columns + (columns - 1) * pixels / shape[1]), most)
    width = min(width, _TALLEST * shape[1] / shape[0])
    return _Layout(width, width * shape[0] / shape[1], width * pixels / shape[1], label)


def _draw_row(axes: Axes, row: TileRow, bottom: float, layout: _Layout) -> None:
    """Draw the tiles of a row and the texts above them.

    Args:
        axes: whose unit is an inch.
        row: the row.
        bottom: of the tiles.
        layout: the sizes of tiles.
    """
    lefts = np.arange(len(row.tiles)) * (layout.width + layout.gap)
    for left, text in zip(lefts, row.texts, strict=False):
        lines = [
            shorten(line, max(3, int((layout.width + layout.gap) / _TEXT_CHARACTER)))
            for line in text.split("\n")
        ]
        centre, top = left + layout.width / 2, bottom - layout.height - _text_height(row)
        axes.text(
            centre, top, "\n".join(lines), ha="center", va="top", fontsize=7, color=INK, parse_math=False
        )
    if is_image(row.tiles.shape[1:]):
        strip = join_row(
            to_rgba(row.tiles, heat=row.heat), round(layout.gap / layout.width * row.tiles.shape[2])
        )
        right = lefts[-1] + layout.width
        axes.imshow(strip, extent=(0, right, bottom, bottom - layout.height), interpolation="none")
        return
    size = layout.width, layout.height
    axes.hlines([bottom] * len(lefts), lefts, lefts + layout.width, color=RULE, linewidth=0.6)
    draw_profiles(axes, row.tiles, lefts, bottom, size, color=BLUE, filled=True)
    if row.reference is not None:
        draw_profiles(axes, row.reference, lefts, bottom, size, color=INK, filled=False)
