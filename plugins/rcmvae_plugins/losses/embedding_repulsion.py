"""Repulsion of the channels' embeddings."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.protocols import Context, LossInputs, LossTerm
from rcmvae_plugins.losses.distances import squared_distances
from rcmvae_plugins.losses.params import EmbeddingRepulsionParams


def embedding_repulsion(params: EmbeddingRepulsionParams, context: Context) -> LossTerm:
    """The mean over pairs i ≠ j of unlocked channels of exp(-|e_i - e_j|² / (2 E h²)), E coordinates.

    1 when all embeddings are one, near 0 when each pair is several h apart, 0 when one channel is unlocked.

    Args:
        params: h.
        context: unused.

    Returns:
        A LossTerm [B], without a unit and the same for every example; a locked channel gets no gradient.
    """
    del context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        active, embeddings = inputs.active, inputs.forward.embeddings
        pairs = active[:, None] & active & ~jnp.eye(active.shape[0], dtype=bool)
        kernel = jnp.exp(-squared_distances(embeddings, embeddings) / (2 * params.bandwidth**2))
        mean = jnp.where(pairs, kernel, 0).sum() / jnp.maximum(pairs.sum(), 1)
        return jnp.broadcast_to(mean, inputs.x.shape[:1])

    return term
