"""Smooths images by Gaussian kernels."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

_NARROW = 1e-2  # in pixels: a kernel so narrow is the identity, also in 32 bits


def smooth(x: Float[Array, "B H W C"], sigma: Float[Array, " B"]) -> Float[Array, "B H W C"]:
    """Average each pixel's neighbours with weights exp(-d² / 2σ²), which sum to one over those inside the image.

    Args:
        x: images.
        sigma: σ of each image, in pixels.

    Returns:
        Images of the same shape, between the least and the largest value of each; exactly x where σ is 0.
    """
    count, height, width, colors = x.shape
    down, across = _weights(sigma, height), _weights(sigma, width)
    # As products of matrices, which XLA's CPU backend computes faster than convolutions with a kernel per image.
    exact = jax.lax.Precision.HIGHEST
    x = jnp.matmul(down, x.reshape(count, height, width * colors), precision=exact)
    if colors == 1:
        return jnp.matmul(x, across.swapaxes(1, 2), precision=exact)[..., None]
    return jnp.matmul(across[:, None], x.reshape(count, height, width, colors), precision=exact)


def _weights(sigma: Float[Array, " B"], side: int) -> Float[Array, "B side side"]:
    distance = jnp.arange(side)[:, None] - jnp.arange(side)
    scaled = distance / jnp.maximum(sigma, _NARROW)[:, None, None]
    weights = jnp.exp(-(scaled**2) / 2)
    return weights / weights.sum(axis=2, keepdims=True)
