"""A mixture of Gaussians whose centres stand in a fixed arrangement."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from rcmvae_core.protocols import Context, Inference, Params, Prior
from rcmvae_plugins.priors.normal import kl_between
from rcmvae_plugins.priors.params import GeometricMogParams
from rcmvae_plugins.priors.weights import channel_weights


def circle(channels: int, radius: float) -> Float[np.ndarray, "K 2"]:
    """Points at equal angles, the first on the first axis."""
    angles = 2 * np.pi * np.arange(channels) / channels
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def grid(channels: int, radius: float) -> Float[np.ndarray, "K 2"]:
    """A square grid about the origin, its sides 2 · radius long; a single point is the origin.

    Raises:
        ValueError: if K is no square.
    """
    side = math.isqrt(channels)
    if side**2 != channels:
        raise ValueError(f"a grid needs a square number of channels, got {channels}")
    ticks = np.linspace(-radius, radius, side) if side > 1 else np.zeros(1)
    return np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2)


def centres(params: GeometricMogParams, context: Context) -> Float[Array, "K D"]:
    """m_c: the arrangement in the first two coordinates, zero in the others.

    Raises:
        ValueError: if D is less than 2, or the arrangement is a grid and K is no square.
    """
    if context.dim < 2:  # noqa: PLR2004 - a plane
        raise ValueError(f"centres stand in a plane, so D must be at least 2, got {context.dim}")
    arrange = circle if params.arrangement == "circle" else grid
    plane = arrange(context.channels, params.radius)
    return jnp.asarray(np.pad(plane, ((0, 0), (0, context.dim - 2))), jnp.float32)


def geometric_mog(params: GeometricMogParams, context: Context) -> Prior:
    """p(c) = π_c, p(z|c) = N(m_c, s² I) with fixed centres m_c, so that neighbours are near by construction.

    With one latent for all channels it is compared with every centre; with a latent for each channel, each with
    its own.

    Args:
        params: the arrangement, its radius, s, and whether π is learned.
        context: channels K, latent size D.

    Returns:
        A Prior whose KL is analytic, [B, K].

    Raises:
        ValueError: if D is less than 2, or the arrangement is a grid and K is no square; validation says so first.
    """
    weights, middle = channel_weights(params.pi, context.channels), centres(params, context)
    log_var = jnp.float32(2 * math.log(params.scale))

    def init(key: Key[Array, ""], inputs: Any) -> Params:
        del key, inputs
        return weights.init()

    def kl(
        params: Params, inference: Inference, *, latents: Any, encode: Any, active: Any, key: Any
    ) -> Float[Array, "B K"]:
        del params, latents, encode, active, key
        return kl_between(inference.mean, inference.log_var, middle, log_var)

    def sample(params_: Params, key: Key[Array, ""], count: int, *, encode: Any) -> Float[Array, "count K D"]:
        del params_, encode
        return middle + params.scale * jax.random.normal(key, (count, *middle.shape))

    return Prior(init, weights.log_pi, kl, sample, weights.channel_axes)
