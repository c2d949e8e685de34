"""A mixture of Gaussians over the channel logits."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax.scipy.special import logsumexp
from jaxtyping import Array, Float

from rcmvae_core.protocols import Context, LossInputs, LossTerm
from rcmvae_plugins.losses.params import LogitMogParams


def logit_mog(params: LogitMogParams, context: Context) -> LossTerm:
    """-log Σ_k (1/A) N(l; M e_k, σ² I), l the logits of the A unlocked channels and e_k a unit vector.

    It asks every input to choose a channel, with a margin of M, and fixes the scale of the logits.

    Args:
        params: M and σ.
        context: unused.

    Returns:
        A LossTerm [B], in nats; a locked channel gets no gradient.
    """
    del context
    mean, variance = params.mean, params.sigma**2

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        active = inputs.active
        # A locked logit can be anything; it may be an operand of nothing.
        logits = jnp.where(active, inputs.forward.inference.logits, 0)
        nearest = jax.nn.one_hot(jnp.argmax(jnp.where(active, logits, -jnp.inf), axis=-1), logits.shape[-1])
        highest = (nearest * logits).sum(axis=-1, keepdims=True)
        # Relative to the nearest component nothing large is subtracted from something as large:
        # |l - M e_k|² = |l - M e_n|² + 2M (l_n - l_k).
        distance = jnp.where(active, logits - mean * nearest, 0) ** 2
        others = logsumexp(mean * (logits - highest) / variance, axis=-1, where=active)
        count = active.sum()
        constant = jnp.log(count) + count / 2 * math.log(2 * math.pi * variance)
        return distance.sum(axis=-1) / (2 * variance) - others + constant

    return term
