"""Changes brightness, contrast and saturation of images."""

from __future__ import annotations

import functools
import operator
from typing import NamedTuple

from jaxtyping import Array, Float

# ITU-R BT.601.
_LUMA = (0.299, 0.587, 0.114)


class ColorFactors(NamedTuple):
    """Factors of each image; 1 changes nothing."""

    brightness: Float[Array, " B"]
    contrast: Float[Array, " B"]
    saturation: Float[Array, " B"]


def adjust_color(x: Float[Array, "B H W C"], factors: ColorFactors) -> Float[Array, "B H W C"]:
    """Scale all values by b, then their difference from the image's mean grey by c, then from each pixel's grey by s.

    Args:
        x: images; saturation only changes images with three colours.
        factors: b, c and s of each image.

    Returns:
        Images of the same shape, not clipped; exactly x under factors of 1.
    """
    # Pixels in one axis: sums over two axes before a short one are slow on CPU.
    pixels = x.reshape(x.shape[0], -1, x.shape[3])
    pixels = pixels * _per_image(factors.brightness)
    mean = _grey(pixels.mean(axis=1))
    pixels = pixels + (_per_image(factors.contrast) - 1) * (pixels - _per_image(mean))
    if x.shape[3] == len(_LUMA):
        pixels = pixels + (_per_image(factors.saturation) - 1) * (pixels - _grey(pixels)[..., None])
    return pixels.reshape(x.shape)


def _grey(colors: Float[Array, "*n C"]) -> Float[Array, "*n"]:
    count = colors.shape[-1]
    weights = _LUMA if count == len(_LUMA) else (1 / count,) * count
    return functools.reduce(operator.add, (weight * colors[..., c] for c, weight in enumerate(weights)))


def _per_image(values: Float[Array, " B"]) -> Float[Array, "B 1 1"]:
    return values[:, None, None]
