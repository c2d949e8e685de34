"""Soft selection of channels."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.protocols import Context, Routing, RoutingContext, Selection
from rcmvae_plugins.routing.params import SoftParams


def soft(params: SoftParams, context: Context) -> Routing:
    """Select with s = q(c|x); with gating, with the M largest q renormalised.

    Cost follows M. A locked channel has weight zero and gets no gradient, also where gating must decode it
    because fewer than M are unlocked.

    Args:
        params: M.
        context: channels K.

    Returns:
        A Routing: weights [B, K] and channels [1, K], or weights and channels [B, M] with gating.
    """
    gate = params.top_m if params.top_m is not None and params.top_m < context.channels else None

    def route(log_responsibilities: Float[Array, "B K"], context: RoutingContext) -> Selection:
        del context
        if gate is None:
            every = jnp.arange(log_responsibilities.shape[-1])[None]
            return Selection(jnp.exp(log_responsibilities), every)
        largest, channels = jax.lax.top_k(log_responsibilities, gate)
        return Selection(jax.nn.softmax(largest, axis=-1), channels)

    return route
