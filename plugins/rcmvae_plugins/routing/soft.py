"""Soft selection of channels."""

from __future__ import annotations

from jaxtyping import Array, Float

from rcmvae_core.protocols import Context, Routing, RoutingContext, Selection
from rcmvae_plugins.routing.gating import gate, warmup
from rcmvae_plugins.routing.params import SoftParams


def soft(params: SoftParams, context: Context) -> Routing:
    """Select with s = q(c|x); with gating, with the M largest q renormalised.

    A locked channel has weight zero and gets no gradient.

    Args:
        params: M, and how long embeddings are mixed.
        context: channels K, steps in an epoch.

    Returns:
        A Routing: weights [B, K] and channels [1, K], or weights and channels [B, M] with gating.
    """
    select, mix = gate(params.top_m, context.channels), warmup(params.soft_embedding, context.steps_per_epoch)

    def route(log_responsibilities: Float[Array, "B K"], context: RoutingContext) -> Selection:
        return select(log_responsibilities)._replace(mix_embeddings=mix(context.step))

    return route
