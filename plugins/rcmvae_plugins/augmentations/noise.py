"""Random noise and missing features."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.protocols import Augmentation, Context
from rcmvae_plugins.augmentations.params import NoiseParams


def noise(params: NoiseParams, context: Context) -> Augmentation:
    """clip(m (x + σ ε), 0, 1), ε ~ N(0, 1), m ~ Bernoulli(1 - dropout), each feature on its own.

    Args:
        params: σ and dropout.
        context: unused.

    Returns:
        An Augmentation of inputs of any shape; with both at 0 the identity, exactly.
    """
    del context

    def augment(x: Float[Array, "B *x"], key: Key[Array, ""]) -> Float[Array, "B *x"]:
        noise_key, drop_key = jax.random.split(key)
        if params.std:
            x = x + params.std * jax.random.normal(noise_key, x.shape)
        if params.dropout:
            x = jnp.where(jax.random.bernoulli(drop_key, params.dropout, x.shape), 0, x)
        return jnp.clip(x, 0, 1)

    return augment
