"""A pull on the standard deviation of the likelihood."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.protocols import Context, LossInputs, LossTerm
from rcmvae_plugins.losses.params import SigmaPenaltyParams


def sigma_penalty(params: SigmaPenaltyParams, context: Context) -> LossTerm:
    """Σ_m s_m · mean((log σ_m - target)²), the mean over what has a σ of its own; the weight is its λ.

    Args:
        params: the target of log σ.
        context: unused.

    Returns:
        A LossTerm [B], for a likelihood with `sigma`, [B, M] or [B, M, *x].
    """
    del context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        sigma = inputs.forward.likelihood.sigma
        distance = jnp.log(sigma.reshape(*sigma.shape[:2], -1)) - params.target
        return jnp.sum(inputs.forward.selection.weights * jnp.mean(distance**2, axis=-1), axis=-1)

    return term
