"""Computes divergences and entropies of categorical distributions, for the losses of this family."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float


def divergence(
    p: Float[Array, "*n K"], log_p: Float[Array, "*n K"], log_q: Float[Array, "*n K"]
) -> Float[Array, "*n"]:
    """Return KL(p || q) = Σ_c p_c (log p_c - log q_c) in nats, with 0 · log 0 = 0.

    Outcomes of probability zero have no gradient, whatever their logarithms are.

    Args:
        p: probabilities.
        log_p: their logarithms.
        log_q: log probabilities of the other distribution.
    """
    possible = p > 0
    # Replaced before the product, not after it: the gradient of 0 · -inf is NaN.
    ratio = jnp.where(possible, log_p, 0) - jnp.where(possible, log_q, 0)
    return (jnp.where(possible, p, 0) * ratio).sum(axis=-1)


def entropy(p: Float[Array, "*n K"], log_p: Float[Array, "*n K"]) -> Float[Array, "*n"]:
    """Return H(p) = -Σ_c p_c log p_c = -KL(p || 1) in nats, with 0 · log 0 = 0."""
    return -divergence(p, log_p, jnp.zeros_like(log_p))
