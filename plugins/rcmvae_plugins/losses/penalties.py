"""Builds penalties on embeddings, on the likelihood's σ and on parameters."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.plugin.protocols import BuildContext, LossInputs, LossTerm
from rcmvae_plugins.losses._distances import squared_distances
from rcmvae_plugins.losses.params import EmbeddingRepulsionParams, L2Params, SigmaPenaltyParams


def embedding_repulsion(params: EmbeddingRepulsionParams, context: BuildContext) -> LossTerm:
    """Average over the pairs i ≠ j of unlocked channels exp(-|e_i - e_j|² / (2 E h²)), for E coordinates.

    The value is 1 if all embeddings are equal, near 0 if all pairs are several h apart, and 0 with a single unlocked
    channel.

    Args:
        params: h.
        context: unused.

    Returns:
        A LossTerm [B], dimensionless and the same for every example; locked channels have no gradient.
    """
    del context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        active, embeddings = inputs.active, inputs.forward.embeddings
        pairs = active[:, None] & active & ~jnp.eye(active.shape[0], dtype=bool)
        kernel = jnp.exp(-squared_distances(embeddings, embeddings) / (2 * params.bandwidth**2))
        mean = jnp.where(pairs, kernel, 0).sum() / jnp.maximum(pairs.sum(), 1)
        return jnp.broadcast_to(mean, inputs.x.shape[:1])

    return term


def sigma_penalty(params: SigmaPenaltyParams, context: BuildContext) -> LossTerm:
    """Build Σ_m s_m · mean((log σ_m - target)²), where the mean is over everything that has its own σ.

    Args:
        params: the target of log σ.
        context: unused.

    Returns:
        A LossTerm [B], for a likelihood whose `sigma` is [B, M] or [B, M, *x].
    """
    del context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        sigma = inputs.forward.likelihood.sigma
        distance = jnp.log(sigma.reshape(*sigma.shape[:2], -1)) - params.target
        return jnp.sum(inputs.forward.selection.weights * jnp.mean(distance**2, axis=-1), axis=-1)

    return term


def l2(params: L2Params, context: BuildContext) -> LossTerm:
    """Build ½ Σ θ² over the arrays of the named parts.

    The gradient passes through the optimizer. Adam divides it by the size of past gradients, so that parameters with
    large gradients shrink less; for the same decay rate everywhere use `adamw`. Embeddings of locked channels do not
    count.

    Args:
        params: the parts, and which of their arrays.
        context: unused.

    Returns:
        A LossTerm [B], the same value for every example; it raises a ValueError for a part without such arrays.
    """
    del context
    least_rank = 2 if params.arrays == "matrices" else 0

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        total = jnp.zeros(())
        for part in params.parts:
            arrays = [a for a in jax.tree.leaves(inputs.params[part]) if a.ndim >= least_rank]
            if not arrays:
                kind = "matrices" if params.arrays == "matrices" else "arrays"
                raise ValueError(f"loss `l2`: part `{part}` has no trainable {kind}; remove it from `parts`")
            if part == "embeddings":
                arrays = [jnp.where(inputs.active[:, None], a, 0) for a in arrays]
            total += sum(jnp.vdot(a, a) for a in arrays) / 2
        return jnp.broadcast_to(total, inputs.x.shape[:1])

    return term
