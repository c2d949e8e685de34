"""Light and colour of images."""

from __future__ import annotations

import functools
import operator
from typing import NamedTuple

from jaxtyping import Array, Float

# ITU-R BT.601.
_LUMA = (0.299, 0.587, 0.114)


class Light(NamedTuple):
    """Factors for each image; 1 changes nothing."""

    brightness: Float[Array, " B"]
    contrast: Float[Array, " B"]
    saturation: Float[Array, " B"]


def relight(x: Float[Array, "B H W C"], light: Light) -> Float[Array, "B H W C"]:
    """All values times b, their distance from the image's mean grey times c, then from each pixel's grey times s.

    Args:
        x: images; saturation acts on those of three colours only.
        light: factors for each.

    Returns:
        Images of the same shape, not clipped; exactly x under factors of 1.
    """
    # Pixels in one axis: sums over two, with few colours behind, are slow on CPU.
    pixels = x.reshape(x.shape[0], -1, x.shape[3])
    pixels = pixels * _each(light.brightness)
    mean = _grey(pixels.mean(axis=1))
    pixels = pixels + (_each(light.contrast) - 1) * (pixels - _each(mean))
    if x.shape[3] == len(_LUMA):
        pixels = pixels + (_each(light.saturation) - 1) * (pixels - _grey(pixels)[..., None])
    return pixels.reshape(x.shape)


def _grey(colours: Float[Array, "*n C"]) -> Float[Array, "*n"]:
    count = colours.shape[-1]
    shares = _LUMA if count == len(_LUMA) else (1 / count,) * count
    return functools.reduce(operator.add, (share * colours[..., c] for c, share in enumerate(shares)))


def _each(values: Float[Array, " B"]) -> Float[Array, "B 1 1"]:
    return values[:, None, None]
