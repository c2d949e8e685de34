"""Serialises figures reproducibly as SVG or PNG, in the report's style."""

from __future__ import annotations

import io
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Literal, cast

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

# Each colour has one role and is used for nothing else, so that the page can replace it in its dark scheme.
PAPER = "#fefefe"
INK = "#1c2029"
MUTED = "#5d6675"
RULE = "#d3d8e0"

_STYLE: dict[str, Any] = {
    "figure.facecolor": PAPER,
    "axes.facecolor": "none",
    "savefig.facecolor": "auto",
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": RULE,
    "axes.titlecolor": INK,
    "xtick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.color": RULE,
    "ytick.labelcolor": MUTED,
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.titlesize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "svg.fonttype": "path",
    # Without a fixed salt the ids in an SVG are random.
    "svg.hashsalt": "rcmvae",
}

_MAX_SVG_BYTES = 300_000
"""Beyond this an SVG is slow to open, and has so many marks that pixels show as much."""
_MANY = 200
"""Marks of a curve or a collection from which on it is drawn as pixels in a large figure."""
_DPI = 192
_CSS_DPI = 96


@contextmanager
def report_style() -> Generator[None]:
    """Apply the report's style over Matplotlib's defaults, ignoring the user's matplotlibrc."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(cast(Any, _STYLE))
        yield


def draw(figure: Figure, form: Literal["svg", "png"] = "svg") -> bytes:
    """Serialise a figure without dates, versions or random ids: equal figures give equal bytes.

    Args:
        figure: the figure; only its layout is changed.
        form: `svg`, or `png` at two pixels per CSS pixel.
    """
    with report_style(), io.BytesIO() as file:
        if form == "svg":
            _print_svg(figure, file)
        else:
            figure.savefig(file, format=form, dpi=_DPI, metadata={"Software": None})
        return file.getvalue()


def _print_svg(figure: Figure, file: io.BytesIO) -> None:
    """Write a figure as SVG, as `savefig` does, which would draw it once before to find out its layout.

    Args:
        figure: the figure.
        file: takes the SVG.
    """
    own, figure.dpi = figure.dpi, _DPI  # of what is drawn as pixels
    try:
        canvas = FigureCanvasSVG(figure)
        canvas.print_svg(file, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    finally:
        figure.dpi = own


def draw_compact(figure: Figure) -> bytes:
    """Serialise a figure as SVG; in a large one, what has very many marks is drawn as pixels between axes and words.

    Args:
        figure: the figure; its layout and what is drawn as pixels are changed.
    """
    svg = draw(figure)
    crowded = [artist for axes in figure.axes for artist in axes.get_children() if _is_crowded(artist)]
    if len(svg) <= _MAX_SVG_BYTES or not crowded:
        return svg
    for artist in crowded:
        artist.set_rasterized(True)
    return min(svg, draw(figure), key=len)


def _is_crowded(artist: Artist) -> bool:
    if isinstance(artist, Line2D):
        return np.shape(artist.get_xydata())[0] > _MANY
    return (
        isinstance(artist, Collection)
        and max(np.shape(artist.get_offsets())[0], len(artist.get_paths())) > _MANY
    )


def css_size(figure: Figure) -> tuple[int, int]:
    """Return width and height in CSS pixels."""
    width, height = (round(inches * _CSS_DPI) for inches in figure.get_size_inches())
    return width, height
