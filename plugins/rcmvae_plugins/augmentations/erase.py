"""Builds an augmentation that erases squares of images."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import Augmentation, BuildContext
from rcmvae_plugins.augmentations._bytes import LEVELS, draw_bytes
from rcmvae_plugins.augmentations._images import image_shape
from rcmvae_plugins.augmentations._squares import covered, draw_squares
from rcmvae_plugins.augmentations.params import EraseParams


def erase(params: EraseParams, context: BuildContext) -> Augmentation:
    """Fill squares at random places, whose centres are uniform over the image and whose sides over their bounds.

    Args:
        params: number and size of the squares, what they are filled with, and how many images have them.
        context: the shape of an image.

    Returns:
        An Augmentation; exactly the identity if `probability` or `largest` is 0.

    Raises:
        ValueError: if inputs are not images.

    Source: T. DeVries, G. W. Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout", 2017;
    Z. Zhong et al., "Random Erasing Data Augmentation", 2020.
    """
    sides = image_shape("erase", context)[:2]

    def augment(x: Float[Array, "B H W C"], key: Key[Array, ""]) -> Float[Array, "B H W C"]:
        square_key, image_key, fill_key = jax.random.split(key, 3)
        shape = (len(x), params.count)
        squares = draw_squares(square_key, shape, sides, (params.smallest, params.largest))
        erased = jax.random.bernoulli(image_key, params.probability, (len(x), 1, 1, 1))
        return jnp.where(covered(squares, sides) & erased, fill(x, fill_key), x)

    def fill(x: Float[Array, "B H W C"], key: Key[Array, ""]) -> Float[Array, "..."]:
        if params.fill == "noise":
            return draw_bytes(key, x.shape) / (LEVELS - 1)
        return mean_color(x) if params.fill == "mean" else jnp.zeros(())

    return augment


def mean_color(x: Float[Array, "B H W C"]) -> Float[Array, "B 1 1 C"]:
    """Return the mean of each image's pixels, between the least and the largest of them."""
    return jnp.clip(x.mean(axis=(1, 2), keepdims=True), 0, 1)
