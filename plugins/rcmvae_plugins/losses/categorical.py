"""Divergence and entropy of distributions over a few outcomes, which losses of this family share."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float


def divergence(
    p: Float[Array, "*n K"], log_p: Float[Array, "*n K"], log_q: Float[Array, "*n K"]
) -> Float[Array, "*n"]:
    """KL(p || q) = Σ_c p_c (log p_c - log q_c), in nats, with 0 · log 0 = 0.

    An outcome of probability zero has no gradient, whatever stands for its logarithms.
    """
    possible = p > 0
    # Replaced before the product: a gradient through 0 · -inf is not a number.
    ratio = jnp.where(possible, log_p, 0) - jnp.where(possible, log_q, 0)
    return (jnp.where(possible, p, 0) * ratio).sum(axis=-1)


def entropy(p: Float[Array, "*n K"], log_p: Float[Array, "*n K"]) -> Float[Array, "*n"]:
    """H(p) = -Σ_c p_c log p_c = -KL(p || 1), in nats, under the same rule."""
    return -divergence(p, log_p, jnp.zeros_like(log_p))
