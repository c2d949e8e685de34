"""Builds soft selection of channels."""

from __future__ import annotations

from jaxtyping import Array, Float

from rcmvae_core.plugin.protocols import BuildContext, Routing, RoutingContext, Selection
from rcmvae_plugins.routing._gating import gate, warmup
from rcmvae_plugins.routing.params import SoftParams


def soft(params: SoftParams, context: BuildContext) -> Routing:
    """Weight channels by s = q(c|x); with gating, by the M largest q, renormalised.

    A locked channel has weight zero and gets no gradient.

    Args:
        params: M, and the duration in which embeddings are mixed.
        context: channels K, steps per epoch.

    Returns:
        A Routing: weights [B, K] without channel indices, or weights and channels [B, M] with gating.
    """
    select, mix = gate(params.top_m, context.channels), warmup(params.soft_embedding, context)

    def route(log_responsibilities: Float[Array, "B K"], context: RoutingContext) -> Selection:
        return select(log_responsibilities)._replace(mix_embeddings=mix(context.step))

    return route
