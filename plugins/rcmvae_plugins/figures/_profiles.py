"""Draws rows of features as small profiles."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from rcmvae_plugins.figures._style import BAD

_BARS = 16
"""The largest number of features that are drawn as bars; more are a line."""


def draw_profiles(
    axes: Axes,
    values: Float[np.ndarray, "c F"],
    lefts: Float[np.ndarray, " c"],
    bottom: float,
    size: tuple[float, float],
    *,
    color: str,
    filled: bool,
) -> None:
    """Draw features from left to right and 0 to 1 from bottom to top: a few as bars, many as a line.

    Args:
        axes: to draw in; their y axis points down.
        values: the features of each profile.
        lefts: of the profiles.
        bottom: of the profiles.
        size: width and height of a profile.
        color: of the marks.
        filled: whether bars are filled, and not outlined.
    """
    width, height = size
    features = values.shape[1]
    edges = lefts[:, None] + width * np.linspace(0, 1, features + 1)
    left, right = edges[:, :-1], edges[:, 1:]
    tops = bottom - height * np.clip(values.astype(float), 0, 1)
    if features > _BARS:
        segments = list(np.stack([(left + right) / 2, tops], axis=-1))
        axes.add_collection(LineCollection(segments, colors=color, linewidths=1.2 if filled else 0.5))
    else:
        inset = 0.15 * width / features if filled else 0.0
        boxes = _boxes(left + inset, right - inset, tops, bottom)
        faces, lines = (color, "none") if filled else ("none", color)
        axes.add_collection(PolyCollection(boxes, facecolors=faces, edgecolors=lines, linewidths=0.5))
    broken = ~np.isfinite(values)
    axes.plot(((left + right) / 2)[broken], np.full(broken.sum(), bottom), "o", color=BAD, markersize=2.5)


def _boxes(
    left: Float[np.ndarray, "c F"],
    right: Float[np.ndarray, "c F"],
    tops: Float[np.ndarray, "c F"],
    bottom: float,
) -> list[Float[np.ndarray, "4 2"]]:
    """Return the corners of the bars.

    Args:
        left: of each bar.
        right: of each bar.
        tops: of each bar.
        bottom: of all bars.
    """
    floor = np.full_like(tops, bottom)
    corners = [(left, floor), (left, tops), (right, tops), (right, floor)]
    return list(np.stack([np.stack(corner, axis=-1) for corner in corners], axis=-2).reshape(-1, 4, 2))
