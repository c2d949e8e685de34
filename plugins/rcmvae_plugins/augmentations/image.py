"""Random changes of images."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.protocols import Augmentation, Context
from rcmvae_plugins.augmentations.affine import Geometry, warp
from rcmvae_plugins.augmentations.color import Light, relight
from rcmvae_plugins.augmentations.params import ImageParams

_COLOURS = 3


def image(params: ImageParams, context: Context) -> Augmentation:
    """Brightness, contrast and saturation, then an affine map by bilinear interpolation with zeros outside.

    Every image draws its own changes, evenly between their bounds; zoom evenly in its logarithm.

    Args:
        params: bounds of the changes.
        context: the shape of an image.

    Returns:
        An Augmentation, clipped to [0, 1]; with every bound at 0 the identity, exactly.

    Raises:
        ValueError: if inputs are no images, or saturation is asked of images without three colours.
    """
    if len(context.input_shape) != 3:  # noqa: PLR2004 - height, width, colours
        raise ValueError(f"augmentation `image` needs images (H, W, C), and inputs are {context.input_shape}")
    height, width, colours = context.input_shape
    if params.saturation and colours != _COLOURS:
        raise ValueError(f"saturation needs images of three colours, and these have {colours}; leave it at 0")
    moves = any((params.rotation, params.scale, params.shear, params.shift, params.mirror))
    relights = any((params.brightness, params.contrast, params.saturation))

    def augment(x: Float[Array, "B H W C"], key: Key[Array, ""]) -> Float[Array, "B H W C"]:
        geometry_key, light_key = jax.random.split(key)
        # In this order what is moved in from outside stays black, and the pixels are gathered once.
        if relights:
            x = jnp.clip(relight(x, draw_light(params, light_key, x.shape[0])), 0, 1)
        if moves:
            x = warp(x, draw_geometry(params, geometry_key, x.shape[0], (height, width)))
        return jnp.clip(x, 0, 1)

    return augment


def draw_geometry(params: ImageParams, key: Key[Array, ""], count: int, sides: tuple[int, int]) -> Geometry:
    """A map for each of `count` images of these sides."""
    keys = jax.random.split(key, 5)
    return Geometry(
        rotation=math.radians(params.rotation) * _even(keys[0], (count,)),
        zoom=jnp.exp(math.log1p(params.scale) * _even(keys[1], (count,))),
        shear=math.radians(params.shear) * _even(keys[2], (count,)),
        shift=params.shift * jnp.array(sides, jnp.float32) * _even(keys[3], (count, 2)),
        mirror=jnp.where(jax.random.bernoulli(keys[4], params.mirror, (count,)), -1.0, 1.0),
    )


def draw_light(params: ImageParams, key: Key[Array, ""], count: int) -> Light:
    """Factors for each of `count` images."""
    bounds = (params.brightness, params.contrast, params.saturation)
    keys = jax.random.split(key, len(bounds))
    return Light(*(1 + bound * _even(k, (count,)) for bound, k in zip(bounds, keys, strict=True)))


def _even(key: Key[Array, ""], shape: tuple[int, ...]) -> Float[Array, "..."]:
    return jax.random.uniform(key, shape, minval=-1, maxval=1)
