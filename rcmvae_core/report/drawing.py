"""Serialises figures reproducibly as SVG or PNG; SVGs follow the reader's light or dark colour scheme."""

from __future__ import annotations

import base64
import io
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, cast

import matplotlib as mpl
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

# Each colour has one role and is used for nothing else, so that the page can replace it in its dark scheme.
PAPER = "#fefefe"
INK = "#1c2029"
MUTED = "#5d6675"
RULE = "#d3d8e0"
_DARK: Mapping[str, str] = {PAPER: "#171a21", INK: "#e4e7ec", MUTED: "#a1a9b8", RULE: "#3b424f"}

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

_MAX_SVG_BYTES = 800_000
"""Beyond this an SVG is slow to open, and has so many marks that a raster image shows as much."""
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
    metadata: dict[str, None] = (
        dict.fromkeys(("Date", "Creator", "Format", "Type")) if form == "svg" else {"Software": None}
    )
    with report_style(), io.BytesIO() as file:
        figure.savefig(file, format=form, dpi=_DPI, metadata=metadata)
        return file.getvalue()


def css_size(figure: Figure) -> tuple[int, int]:
    """Return width and height in CSS pixels."""
    width, height = (round(inches * _CSS_DPI) for inches in figure.get_size_inches())
    return width, height


def data_uri(figure: Figure, svg: bytes) -> str:
    """Encode a figure as a `data:` URI.

    Args:
        figure: the figure.
        svg: what `draw` returned for it; a PNG is used instead if this is large and the PNG is smaller.
    """
    data, media = _with_dark_scheme(svg, figure), "image/svg+xml"
    if len(data) > _MAX_SVG_BYTES and len(raster := draw(figure, "png")) < len(data):
        data, media = raster, "image/png"
    return f"data:{media};base64,{base64.b64encode(data).decode('ascii')}"


def _with_dark_scheme(svg: bytes, figure: Figure) -> bytes:
    """Replace the colours by CSS variables with a dark value each, unless the figure has its own background."""
    if to_hex(figure.get_facecolor()) != PAPER:
        return svg
    names = {light: f"--{role}" for light, role in zip(_DARK, ("paper", "ink", "muted", "rule"), strict=True)}
    for light, name in names.items():
        svg = svg.replace(f": {light}".encode(), f": var({name})".encode())
    light_rule = ";".join(f"{name}:{light}" for light, name in names.items())
    dark_rule = ";".join(f"{name}:{_DARK[light]}" for light, name in names.items())
    style = f"<style>:root{{{light_rule}}}@media (prefers-color-scheme:dark){{:root{{{dark_rule}}}}}</style>"
    head, tag, rest = svg.partition(b"<defs>")
    return head + style.encode() + tag + rest
