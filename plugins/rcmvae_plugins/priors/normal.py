"""The standard normal, which both priors of this family share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.protocols import Inference, Params


def kl_to_standard_normal(
    params: Params, inference: Inference, *, latents: Any, encode: Any, key: Any
) -> Float[Array, "B k"]:
    """KL(N(mean, diag exp(log_var)) || N(0, I)) = 1/2 Σ_D (mean² + exp(log_var) - 1 - log_var), in nats.

    Args:
        params: unused, as are the keywords: the KL is analytic.
        inference: mean and log_var [B, k, D].
        latents: unused.
        encode: unused.
        key: unused.

    Returns:
        [B, k], never negative.
    """
    del params, latents, encode, key
    mean, log_var = inference.mean, inference.log_var
    # expm1 keeps the digits that exp(log_var) - 1 loses near the prior.
    return 0.5 * jnp.sum(mean**2 + jnp.expm1(log_var) - log_var, axis=-1)


def standard_normal_sampler(channels: int, dim: int) -> Callable[..., Float[Array, "count K D"]]:
    """Build `Prior.sample` for N(0, I) in every channel."""

    def sample(params: Params, key: Key[Array, ""], count: int, *, encode: Any) -> Float[Array, "count K D"]:
        del params, encode
        return jax.random.normal(key, (count, channels, dim))

    return sample
