"""Styles several series of a figure, and names them in a legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from rcmvae_plugins.figures._style import PALETTE

_DASHES = ("-", "--", ":", "-.")
_ORDERS = 3
"""Orders of magnitude below the largest value, from which on a scale is linear."""


def line_style(place: int) -> dict[str, Any]:
    """Return colour and dashes of a series; after ten, the colours repeat with other dashes."""
    dashes = _DASHES[place // len(PALETTE) % len(_DASHES)]
    return {"color": PALETTE[place % len(PALETTE)], "linestyle": dashes}


def draw_legend(figure: Figure, handles: Sequence[Line2D | Patch], names: Sequence[str]) -> None:
    """Draw a legend below a figure, with as many columns as fit, and with names that are not parsed as formulas.

    Args:
        figure: the figure.
        handles: a line or a patch of each entry.
        names: of the entries.
    """
    columns = max(1, int(figure.get_size_inches()[0] / (0.5 + 0.075 * max(map(len, names)))))
    rows = math.ceil(len(names) / columns)
    legend = figure.legend(handles, names, loc="outside lower left", ncols=math.ceil(len(names) / rows))
    for text in legend.get_texts():
        text.set_parse_math(False)


def epoch_axis(axis: Axis) -> None:
    """Label an axis of epochs with whole numbers."""
    axis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
    axis.set_label_text("epoch")


def wide_scale(axes: Axes, values: Float[np.ndarray, "..."]) -> None:
    """Use a scale that is linear near 0 and logarithmic beyond, if values differ by orders of magnitude."""
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    if len(sizes) and sizes.max() > 10**2 * sizes.min():
        exponent = np.ceil(np.log10(sizes.max())) - _ORDERS
        axes.set_yscale("symlog", linthresh=float(10**exponent), linscale=0.5)
        # The formatter of this scale writes formulas, which figures do not parse.
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
