"""Figures to bytes: the same figure gives the same bytes, and follows the page into the dark."""

from __future__ import annotations

import base64
import io
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, cast

import matplotlib as mpl
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

# The colours are roles: no artist uses one by accident, so that a page can exchange them for the dark.
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
    "svg.hashsalt": "rcmvae",
}

# Beyond this an SVG is slow to open, and a picture of its many marks is as good.
_LARGE = 800_000
_DPI = 192
_CSS_DPI = 96


@contextmanager
def inked() -> Generator[None]:
    """Matplotlib's defaults with the report's inks, whatever a user's matplotlibrc says."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(cast(Any, _STYLE))
        yield


def draw(figure: Figure, form: Literal["svg", "png"] = "svg") -> bytes:
    """Serialise a figure without dates, versions or random names.

    Args:
        figure: what to draw; only its layout is touched.
        form: `svg`, or `png` at two pixels per CSS pixel.
    """
    metadata: dict[str, None] = (
        dict.fromkeys(("Date", "Creator", "Format", "Type")) if form == "svg" else {"Software": None}
    )
    with inked(), io.BytesIO() as file:
        figure.savefig(file, format=form, dpi=_DPI, metadata=metadata)
        return file.getvalue()


def size(figure: Figure) -> tuple[int, int]:
    """Width and height in CSS pixels."""
    width, height = (round(inches * _CSS_DPI) for inches in figure.get_size_inches())
    return width, height


def data_uri(figure: Figure, svg: bytes) -> str:
    """The figure as a `data:` URI: the SVG that was drawn, or a PNG where that is large and the PNG smaller."""
    data, media = _themed(svg, figure), "image/svg+xml"
    if len(data) > _LARGE and len(raster := draw(figure, "png")) < len(data):
        data, media = raster, "image/png"
    return f"data:{media};base64,{base64.b64encode(data).decode('ascii')}"


def _themed(svg: bytes, figure: Figure) -> bytes:
    """Let the inks follow the reader's colour scheme; a figure on a paper of its own stays as it is."""
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
