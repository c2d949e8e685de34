"""A loss that keeps neighbours together."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float
from rcmvae_core import Context, LossInputs, LossTerm

from rcmvae_neighbours.params import NeighboursParams


def neighbours(params: NeighboursParams, context: Context) -> LossTerm:
    """½ Σ_{j≠i} w_ij |q_i - q_j|², with w_ij = a_ij^s / Σ_{k≠i} a_ik^s and q_i = q(c|x_i).

    a is the affinity that the spec names in `[affinity]`, compared within the batch. 0 where all neighbours choose
    alike, 1 where each is sure of another channel; an input without a neighbour counts 0. As s grows, only the
    nearest inputs are left. The affinity carries no gradient: the term moves choices, not inputs.

    Args:
        params: s, a function of the step.
        context: the built affinity, in `parts`.

    Returns:
        A LossTerm [B], without a unit.

    Source: M. Belkin, P. Niyogi, V. Sindhwani, "Manifold Regularization", JMLR 2006.
    """
    (affinity,) = context.parts["affinity"]

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        q = inputs.forward.responsibilities
        powers = jax.lax.stop_gradient(affinity(inputs.x)) ** params.sharpness(inputs.step)
        others = jnp.where(jnp.eye(len(q), dtype=bool), 0, powers)
        total = others.sum(axis=1, keepdims=True)
        weights = others / jnp.where(total > 0, total, 1)
        return (weights * ((q[:, None] - q) ** 2).sum(axis=-1)).sum(axis=1) / 2

    return term
