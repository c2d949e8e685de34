"""The KL of the channel."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.params import NoParams
from rcmvae_core.protocols import Context, LossInputs, LossTerm


def kl_channel(params: NoParams, context: Context) -> LossTerm:
    """KL(q(c|x) || π) = Σ_c q(c|x) (log q(c|x) - log π_c), with 0 · log 0 = 0.

    π runs over all channels, so while some are locked the value cannot fall to zero; that part is constant.

    Args:
        params: none.
        context: unused.

    Returns:
        A LossTerm [B], in nats; a locked channel gets no gradient.
    """
    del params, context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        forward = inputs.forward
        possible = forward.responsibilities > 0
        # Replaced before the product: a gradient through 0 · -inf is not a number.
        log_q = jnp.where(possible, forward.log_responsibilities, 0)
        q = jnp.where(possible, forward.responsibilities, 0)
        return (q * (log_q - forward.log_pi)).sum(axis=-1)

    return term
