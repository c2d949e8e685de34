"""Builds an augmentation that blurs images."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import Augmentation, BuildContext
from rcmvae_plugins.augmentations._images import image_shape
from rcmvae_plugins.augmentations._smoothing import smooth
from rcmvae_plugins.augmentations.params import BlurParams


def blur(params: BlurParams, context: BuildContext) -> Augmentation:
    """Smooth each image by a Gaussian kernel whose σ is uniform between 0 and its bound.

    At the border the weights of the pixels inside are divided by their sum.

    Args:
        params: the bound of σ.
        context: the shape of an image.

    Returns:
        An Augmentation, clipped to [0, 1]; exactly the identity if `sigma` is 0.

    Raises:
        ValueError: if inputs are not images.
    """
    image_shape("blur", context)

    def augment(x: Float[Array, "B H W C"], key: Key[Array, ""]) -> Float[Array, "B H W C"]:
        return jnp.clip(smooth(x, jax.random.uniform(key, (len(x),), maxval=params.sigma)), 0, 1)

    return augment
