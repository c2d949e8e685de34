"""Builds an augmentation that changes the geometry and colours of images."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import Augmentation, BuildContext
from rcmvae_plugins.augmentations._affine import Geometry, warp
from rcmvae_plugins.augmentations._color import ColorFactors, adjust_color
from rcmvae_plugins.augmentations._images import image_shape
from rcmvae_plugins.augmentations.params import ImageParams

_RGB = 3


def image(params: ImageParams, context: BuildContext) -> Augmentation:
    """Change brightness, contrast and saturation, then map affinely with bilinear interpolation and zeros outside.

    The changes of each image are drawn independently and uniformly within their bounds; the zoom uniformly in its
    logarithm.

    Args:
        params: bounds of the changes.
        context: the shape of an image.

    Returns:
        An Augmentation, clipped to [0, 1]; exactly the identity if all bounds are 0.

    Raises:
        ValueError: if inputs are not images, or `saturation` is set for images without three colours.
    """
    height, width, colors = image_shape("image", context)
    if params.saturation and colors != _RGB:
        raise ValueError(f"`saturation` needs images with three colours, got {colors}; set it to 0")
    moves = any((params.rotation, params.scale, params.shear, params.shift, params.mirror))
    recolors = any((params.brightness, params.contrast, params.saturation))

    def augment(x: Float[Array, "B H W C"], key: Key[Array, ""]) -> Float[Array, "B H W C"]:
        geometry_key, color_key = jax.random.split(key)
        # Colours first, so that pixels from outside stay black, and pixels are gathered only once.
        if recolors:
            x = jnp.clip(adjust_color(x, draw_color_factors(params, color_key, x.shape[0])), 0, 1)
        if moves:
            x = warp(x, draw_geometry(params, geometry_key, x.shape[0], (height, width)))
        return jnp.clip(x, 0, 1)

    return augment


def draw_geometry(params: ImageParams, key: Key[Array, ""], count: int, sides: tuple[int, int]) -> Geometry:
    """Draw the affine map of each image.

    Args:
        params: bounds of the changes.
        key: of the draw.
        count: the number of images.
        sides: height and width in pixels.

    Returns:
        The parameters of `count` maps.
    """
    keys = jax.random.split(key, 5)
    return Geometry(
        rotation=math.radians(params.rotation) * _uniform(keys[0], (count,)),
        zoom=jnp.exp(math.log1p(params.scale) * _uniform(keys[1], (count,))),
        shear=math.radians(params.shear) * _uniform(keys[2], (count,)),
        shift=params.shift * jnp.array(sides, jnp.float32) * _uniform(keys[3], (count, 2)),
        mirror=jnp.where(jax.random.bernoulli(keys[4], params.mirror, (count,)), -1.0, 1.0),
    )


def draw_color_factors(params: ImageParams, key: Key[Array, ""], count: int) -> ColorFactors:
    """Draw the colour factors of each image.

    Args:
        params: bounds of the changes.
        key: of the draw.
        count: the number of images.

    Returns:
        `count` factors of each kind.
    """
    bounds = (params.brightness, params.contrast, params.saturation)
    keys = jax.random.split(key, len(bounds))
    return ColorFactors(*(1 + bound * _uniform(k, (count,)) for bound, k in zip(bounds, keys, strict=True)))


def _uniform(key: Key[Array, ""], shape: tuple[int, ...]) -> Float[Array, "..."]:
    return jax.random.uniform(key, shape, minval=-1, maxval=1)
