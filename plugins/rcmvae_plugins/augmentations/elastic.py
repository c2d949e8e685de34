"""Builds an augmentation that deforms images smoothly."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import Augmentation, BuildContext
from rcmvae_plugins.augmentations._displacement import draw_displacements
from rcmvae_plugins.augmentations._images import image_shape
from rcmvae_plugins.augmentations._sampling import sample
from rcmvae_plugins.augmentations.params import ElasticParams


def elastic(params: ElasticParams, context: BuildContext) -> Augmentation:
    """Read each pixel p at p + α d(p), with bilinear interpolation and zeros outside.

    The two components of d are smooth random fields with mean 0 and variance 1, which correlate at a distance of r
    pixels by about exp(-r² / 4s²). α is `magnitude` and s is `smoothness`, times the image's shorter side. The fields are
    drawn on a coarse grid, s pixels apart, and upsampled by fixed matrices, which is cheaper than smoothing noise at
    every pixel.

    Args:
        params: how far and how smoothly pixels move.
        context: the shape of an image.

    Returns:
        An Augmentation, clipped to [0, 1]; exactly the identity if `magnitude` is 0.

    Raises:
        ValueError: if inputs are not images.

    Source: P. Y. Simard, D. Steinkraus, J. C. Platt, "Best Practices for Convolutional Neural Networks Applied to
    Visual Document Analysis", 2003.
    """
    height, width, _ = image_shape("elastic", context)
    unit = min(height, width)
    row, column = (jnp.arange(height, dtype=jnp.float32)[:, None], jnp.arange(width, dtype=jnp.float32))

    def augment(x: Float[Array, "B H W C"], key: Key[Array, ""]) -> Float[Array, "B H W C"]:
        field = draw_displacements(key, len(x), (height, width), params.smoothness * unit)
        moved = params.magnitude * unit * field
        return jnp.clip(sample(x, row + moved[:, 0], column + moved[:, 1]), 0, 1)

    return augment
