"""Builds an augmentation that crops padded images at random."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from rcmvae_core.plugin.protocols import Augmentation, BuildContext
from rcmvae_plugins.augmentations._images import image_shape
from rcmvae_plugins.augmentations.params import CropParams


def crop(params: CropParams, context: BuildContext) -> Augmentation:
    """Pad images on all sides by p = ⌈padding · side⌉ pixels, and cut the original size out at a random place.

    Each image draws its place independently and uniformly among the (2p + 1)² whole-pixel places, so that no pixel is
    interpolated.

    Args:
        params: how far, and what the padding holds.
        context: the shape of an image.

    Returns:
        An Augmentation; exactly the identity if `padding` is 0.

    Raises:
        ValueError: if inputs are not images.

    Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009; K. He et al., "Deep Residual
    Learning for Image Recognition", 2016, section 4.2.
    """
    height, width, colors = image_shape("crop", context)
    pads = [(math.ceil(params.padding * side),) * 2 for side in (height, width)]
    mode = "constant" if params.mode == "zero" else "reflect"

    def cut(padded: Float[Array, "h w C"], place: Int[Array, "2"]) -> Float[Array, "H W C"]:
        return jax.lax.dynamic_slice(padded, (place[0], place[1], 0), (height, width, colors))

    def augment(x: Float[Array, "B H W C"], key: Key[Array, ""]) -> Float[Array, "B H W C"]:
        padded = jnp.pad(x, [(0, 0), *pads, (0, 0)], mode=mode)
        last = jnp.array([before + after for before, after in pads])
        return jax.vmap(cut)(padded, jax.random.randint(key, (len(x), 2), 0, last + 1))

    return augment
