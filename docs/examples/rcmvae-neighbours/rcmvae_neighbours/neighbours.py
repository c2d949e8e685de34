"""Define the loss `neighbours`."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float
from rcmvae_core import BuildContext, LossInputs, LossTerm

from rcmvae_neighbours.params import NeighboursParams


def neighbours(params: NeighboursParams, context: BuildContext) -> LossTerm:
    """Compare responsibilities of neighbours: ½ Σ_{j≠i} w_ij |q_i - q_j|², w_ij = a_ij^s / Σ_{k≠i} a_ik^s.

    q_i is q(c|x_i), and a is the affinity of the spec's `[affinity]`, within the batch. The term is 0 where all
    neighbours have the same responsibilities, and 1 where each is certain of another channel; an input without
    neighbours counts 0. A larger s leaves only the nearest inputs. The affinity carries no gradient.

    Args:
        params: the sharpness s, a function of the step.
        context: the built affinity, in `parts`.

    Returns:
        A LossTerm: values [B] in [0, 1].

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
