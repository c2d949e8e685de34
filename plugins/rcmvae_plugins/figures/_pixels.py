"""Converts images to the pixels of one row, as hundreds of axes would be slow."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from matplotlib.colors import to_rgb

from rcmvae_plugins.figures._style import BAD, HEAT

_RGB = 3


def to_rgba(values: Float[np.ndarray, "c h w n"], *, heat: bool = False) -> Float[np.ndarray, "c h w 4"]:
    """Convert images in [0, 1] to RGBA.

    Args:
        values: the images.
        heat: whether they are maps of a quantity, which are drawn from pale to blue.

    Returns:
        Values in [0, 1]; pixels that are not finite have a colour of their own.
    """
    broken = ~np.isfinite(values)
    clipped = np.clip(np.where(broken, 0.0, values), 0.0, 1.0)
    # Images that are not RGB are shown as the mean over their colours.
    rgb = clipped if values.shape[-1] == _RGB else clipped.mean(axis=-1, keepdims=True).repeat(3, axis=-1)
    pixels = np.concatenate([rgb, np.ones_like(rgb[..., :1])], axis=-1)
    if heat:
        pixels = HEAT(clipped.mean(axis=-1))
    pixels[broken.any(axis=-1)] = (*to_rgb(BAD), 1.0)
    return pixels


def join_row(pixels: Float[np.ndarray, "c h w 4"], gap: int) -> Float[np.ndarray, "h W 4"]:
    """Join images side by side, with transparent gaps of some pixels."""
    padded = np.pad(pixels, ((0, 0), (0, 0), (0, gap), (0, 0)))
    joined = padded.swapaxes(0, 1).reshape(pixels.shape[1], -1, 4)
    return joined[:, : joined.shape[1] - gap]
