"""Computes how different colours look to people with and without colour blindness."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from jaxtyping import Float
from matplotlib.colors import to_rgb

VISION = {
    "normal": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""Linear RGB as it is seen: Machado, Oliveira and Fernandes, 2009, at severity 1."""

_TO_XYZ = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
]
_WHITE = np.array([0.95047, 1.0, 1.08883])
_EPSILON, _KAPPA = (6 / 29) ** 3, (29 / 6) ** 2 / 3


def lab(colours: Sequence[str], vision: str = "normal") -> Float[np.ndarray, "N 3"]:
    """Return the CIE Lab coordinates (D65) of sRGB colours as this kind of vision sees them."""
    encoded = np.array([to_rgb(colour) for colour in colours])
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(VISION[vision]).T, 0.0, 1.0)
    ratio = seen @ np.array(_TO_XYZ).T / _WHITE
    x, y, z = np.where(ratio > _EPSILON, np.cbrt(ratio), _KAPPA * ratio + 4 / 29).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def closest(colours: Sequence[str], vision: str) -> tuple[float, str, str]:
    """Return the least distance (CIE 1976) between two of the colours, and these two."""
    points = lab(colours, vision)
    return min(
        (float(np.linalg.norm(points[i] - points[j])), colours[i], colours[j])
        for i, j in combinations(range(len(colours)), 2)
    )
