"""Computes densities and KLs of diagonal Gaussians, for the priors of this family."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import EncoderOutput, Params


def log_density(
    z: Float[Array, "*z"], mean: Float[Array, "*mean"], log_var: Float[Array, "*var"]
) -> Float[Array, "*lead"]:
    """Return log N(z; mean, diag exp(log_var)) = -1/2 Σ_D ((z - mean)² / exp(log_var) + log_var + log 2π), in nats.

    Args:
        z: [..., D]; leading axes broadcast.
        mean: [..., D].
        log_var: [..., D].

    Returns:
        [...], joint over D.
    """
    return -0.5 * jnp.sum((z - mean) ** 2 * jnp.exp(-log_var) + log_var + math.log(2 * math.pi), axis=-1)


def kl_between(
    mean: Float[Array, "*mean"],
    log_var: Float[Array, "*var"],
    prior_mean: Float[Array, "*prior_mean"],
    prior_log_var: Float[Array, "*prior_var"],
) -> Float[Array, "*lead"]:
    """Return the KL between diagonal Gaussians, 1/2 Σ_D ((m - m')² / v' + v/v' - 1 - log(v/v')), in nats.

    Args:
        mean: m [..., D]; leading axes broadcast.
        log_var: log v [..., D].
        prior_mean: m' [..., D].
        prior_log_var: log v' [..., D].

    Returns:
        [...], never negative.
    """
    ratio = log_var - prior_log_var
    # expm1 keeps the digits that exp(ratio) - 1 loses for a posterior near the prior.
    distance = (mean - prior_mean) ** 2 * jnp.exp(-prior_log_var)
    return 0.5 * jnp.sum(distance + jnp.expm1(ratio) - ratio, axis=-1)


def kl_to_standard_normal(
    params: Params, encoder_output: EncoderOutput, *, latents: Any, encode: Any, active: Any, key: Any
) -> Float[Array, "B k"]:
    """Return KL(N(mean, diag exp(log_var)) || N(0, I)) = 1/2 Σ_D (mean² + exp(log_var) - 1 - log_var), in nats.

    Args:
        params: unused, like the keywords, because the KL is analytic and the same for every channel.
        encoder_output: mean and log_var [B, k, D].
        latents: unused.
        encode: unused.
        active: unused.
        key: unused.

    Returns:
        [B, k], never negative.
    """
    del params, latents, encode, active, key
    zero = jnp.zeros(())
    return kl_between(encoder_output.mean, encoder_output.log_var, zero, zero)


def standard_normal_log_prob(channels: int) -> Callable[..., Float[Array, "B K"]]:
    """Build `Prior.log_prob` for N(0, I) in every channel, which returns [B, K]."""

    def log_prob(params: Params, latents: Float[Array, "B k D"], *, encode: Any) -> Float[Array, "B K"]:
        del params, encode
        zero = jnp.zeros(())
        density = log_density(latents, zero, zero)
        return jnp.broadcast_to(density, (len(latents), channels))

    return log_prob


def zero_means(channels: int, dim: int) -> Callable[..., Float[Array, "K D"]]:
    """Build `Prior.means` for N(0, I) in every channel."""

    def means(params: Params, *, encode: Any) -> Float[Array, "K D"]:
        del params, encode
        return jnp.zeros((channels, dim))

    return means


def standard_normal_sampler(channels: int, dim: int) -> Callable[..., Float[Array, "count K D"]]:
    """Build `Prior.sample` for N(0, I) in every channel, which returns [count, K, D]."""

    def sample(params: Params, key: Key[Array, ""], count: int, *, encode: Any) -> Float[Array, "count K D"]:
        del params, encode
        return jax.random.normal(key, (count, channels, dim))

    return sample
