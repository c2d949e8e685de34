"""The KL of the channel."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.params import NoParams
from rcmvae_core.protocols import Context, LossInputs, LossTerm
from rcmvae_plugins.losses.categorical import divergence


def kl_channel(params: NoParams, context: Context) -> LossTerm:
    """KL(q(c|x) || π) = Σ_c q(c|x) (log q(c|x) - log π_c), with 0 · log 0 = 0.

    π is that of the unlocked channels, renormalised, so the value falls to zero at q = π.

    Args:
        params: none.
        context: unused.

    Returns:
        A LossTerm [B], in nats; a locked channel gets no gradient.
    """
    del params, context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        forward = inputs.forward
        log_q = forward.log_responsibilities
        return divergence(forward.responsibilities, log_q, jnp.broadcast_to(forward.log_pi, log_q.shape))

    return term
