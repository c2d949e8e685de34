"""Builds a mixture of Gaussians with fixed centres."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import BuildContext, EncoderOutput, Params, Prior
from rcmvae_plugins.priors._channel_weights import channel_weights
from rcmvae_plugins.priors._normal import kl_between, log_density
from rcmvae_plugins.priors.params import GeometricMogParams


def circle(channels: int, radius: float) -> Float[np.ndarray, "K 2"]:
    """Return points at equal angles, the first of them on the first axis."""
    angles = 2 * np.pi * np.arange(channels) / channels
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def grid(channels: int, radius: float) -> Float[np.ndarray, "K 2"]:
    """Return a square grid of side length 2 · radius around the origin; for K = 1, the origin.

    Raises:
        ValueError: if K is not a square number.
    """
    side = math.isqrt(channels)
    if side**2 != channels:
        raise ValueError(f"the number of channels on a grid must be a square, got {channels}")
    ticks = np.linspace(-radius, radius, side) if side > 1 else np.zeros(1)
    return np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2)


def centres(params: GeometricMogParams, context: BuildContext) -> Float[Array, "K D"]:
    """Return the centres m_c: the arrangement in the first two coordinates, and zero in the others.

    Raises:
        ValueError: if D is less than 2, or if the arrangement is a grid and K is not a square number.
    """
    if context.dim < 2:  # noqa: PLR2004 - a plane
        raise ValueError(f"the latent size D must be at least 2 for centres in a plane, got {context.dim}")
    arrange = circle if params.arrangement == "circle" else grid
    plane = arrange(context.channels, params.radius)
    return jnp.asarray(np.pad(plane, ((0, 0), (0, context.dim - 2))), jnp.float32)


def geometric_mog(params: GeometricMogParams, context: BuildContext) -> Prior:
    """Build p(c) = π_c, p(z|c) = N(m_c, s² I) with fixed centres m_c, whose neighbours are close by construction.

    A shared latent is compared with every centre; with a latent for each channel, each is compared with its own
    centre.

    Args:
        params: the arrangement, its radius, s = `scale`, and whether π is learned.
        context: channels K, latent size D.

    Returns:
        A Prior whose KL is analytic, [B, K].

    Raises:
        ValueError: if D is less than 2, or if the arrangement is a grid and K is not a square number; validation
            of a spec reports both earlier.
    """
    weights, means = channel_weights(params.pi, context.channels), centres(params, context)
    log_var = jnp.float32(2 * math.log(params.scale))

    def init(key: Key[Array, ""], inputs: Any) -> Params:
        del key, inputs
        return weights.init()

    def kl(
        params: Params, encoder_output: EncoderOutput, *, latents: Any, encode: Any, active: Any, key: Any
    ) -> Float[Array, "B K"]:
        del params, latents, encode, active, key
        return kl_between(encoder_output.mean, encoder_output.log_var, means, log_var)

    def sample(params_: Params, key: Key[Array, ""], count: int, *, encode: Any) -> Float[Array, "count K D"]:
        del params_, encode
        return means + params.scale * jax.random.normal(key, (count, *means.shape))

    def log_prob(params_: Params, latents: Float[Array, "B k D"], *, encode: Any) -> Float[Array, "B K"]:
        del params_, encode
        return log_density(latents, means, log_var)

    def all_means(params_: Params, *, encode: Any) -> Float[Array, "K D"]:
        del params_, encode
        return means

    return Prior(
        init, weights.log_pi, kl, sample, weights.channel_axes,
        log_prob=log_prob, means=all_means,
    )  # fmt: skip
