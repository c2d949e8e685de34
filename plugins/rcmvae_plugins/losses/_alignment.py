"""Changes the frequencies of channels in targets, for the losses of this family that take the model's own as such."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.special import logsumexp
from jaxtyping import Array, Bool, Float

_LEAST = 1e-3
"""Least share of a channel or a class by which targets are divided: dividing by a smaller one would mostly enlarge noise."""
_ITERATIONS = 10
"""Sinkhorn iterations; 3 are usual, and of 10 the rest of the imbalance is below one per cent for unsharpened targets."""


def align_to_uniform(log_p: Float[Array, "B K"], usage: Float[Array, " K"]) -> Float[Array, "B K"]:
    """Return the logarithm of p_c / m_c, normalised.

    Args:
        log_p: of the targets; locked channels have a very low one, and stay so.
        usage: m, the mean of p.
    """
    return jax.nn.log_softmax(log_p - jnp.log(jnp.maximum(usage, _LEAST)))


def align_to_labels(
    log_p: Float[Array, "B K"], usage: Float[Array, " K"], tau: Float[Array, "K Y"], prior: Float[Array, " Y"]
) -> Float[Array, "B K"]:
    """Return the logarithm of p_c Σ_y τ[c, y] π_y / s_y, normalised, with the shares of classes s_y = Σ_c m_c τ[c, y].

    Args:
        log_p: of the targets; locked channels have a very low one, and stay so.
        usage: m, the mean of p.
        tau: τ.
        prior: π, the share that each class should have.
    """
    factors = tau @ (prior / jnp.maximum(usage @ tau, _LEAST))
    # A channel of classes that the prior excludes keeps a finite logarithm.
    return jax.nn.log_softmax(log_p + jnp.log(jnp.maximum(factors, 1e-12)))


def balance(log_p: Float[Array, "B K"], active: Bool[Array, " K"]) -> Float[Array, "B K"]:
    """Return the logarithm of a matrix Q_ic = u_i p_ic v_c whose rows sum to 1 and whose columns to about B / K.

    Args:
        log_p: of the targets.
        active: the unlocked channels, over which the mass is spread; K counts these.
    """
    log_share = jnp.log(len(log_p) / active.sum())

    def iterate(_: Any, log_q: Float[Array, "B K"]) -> Float[Array, "B K"]:
        columns = log_q - logsumexp(log_q, axis=0) + log_share
        return jax.nn.log_softmax(jnp.where(active, columns, log_p))

    return jax.lax.fori_loop(0, _ITERATIONS, iterate, log_p)
