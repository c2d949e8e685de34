"""Builds an augmentation that adds noise and drops features."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import Augmentation, BuildContext
from rcmvae_plugins.augmentations.params import NoiseParams


def noise(params: NoiseParams, context: BuildContext) -> Augmentation:
    """Compute clip(m (x + σ ε), min(x, 0), max(x, 1)), independent ε ~ N(0, 1) and m ~ Bernoulli(1 - dropout) per feature.

    Args:
        params: σ and dropout.
        context: unused.

    Returns:
        An Augmentation of inputs of any shape; exactly the identity if σ and dropout are 0.
    """
    del context

    def augment(x: Float[Array, "B *x"], key: Key[Array, ""]) -> Float[Array, "B *x"]:
        noise_key, drop_key = jax.random.split(key)
        low, high = jnp.minimum(x, 0), jnp.maximum(x, 1)
        if params.std:
            x = x + params.std * jax.random.normal(noise_key, x.shape)
        if params.dropout:
            x = jnp.where(jax.random.bernoulli(drop_key, params.dropout, x.shape), 0, x)
        return jnp.clip(x, low, high)

    return augment
