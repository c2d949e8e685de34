"""The entropy of the channels' usage."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.params import NoParams
from rcmvae_core.protocols import Context, LossInputs, LossTerm
from rcmvae_plugins.losses.categorical import entropy


def usage_entropy(params: NoParams, context: Context) -> LossTerm:
    """H(p) = -Σ_c p_c log p_c, p the running mean of q(c|x); the sign of the weight says what it does.

    A weight λ > 0 sparsifies usage, λ < 0 spreads it. The value is at most log K nats, beside a
    reconstruction of about a hundred: small weights do nothing.

    Args:
        params: none.
        context: unused.

    Returns:
        A LossTerm [B]: the entropy in nats, the same for every example.
    """
    del params, context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        usage = inputs.usage
        # The derivative of p log p is infinite at zero; a channel never used has none.
        log_usage = jnp.log(jnp.where(usage > 0, usage, 1))
        return jnp.broadcast_to(entropy(usage, log_usage), inputs.x.shape[:1])

    return term
