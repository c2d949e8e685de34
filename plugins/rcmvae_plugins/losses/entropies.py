"""Builds losses that are entropies of the channel distribution."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import BuildContext, LossInputs, LossTerm
from rcmvae_plugins.losses._categorical import entropy


def usage_entropy(params: NoParams, context: BuildContext) -> LossTerm:
    """Build H(p) = -Σ_c p_c log p_c, where p is the running mean of q(c|x).

    A weight λ > 0 makes usage sparse, λ < 0 makes it uniform. The value is at most log K nats, whereas a
    reconstruction has about a hundred, so that small weights have no effect.

    Args:
        params: none.
        context: unused.

    Returns:
        A LossTerm [B], in nats; the same value for every example.
    """
    del params, context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        usage = inputs.usage
        # The derivative of p log p is infinite at 0; here an unused channel has none.
        log_usage = jnp.log(jnp.where(usage > 0, usage, 1))
        return jnp.broadcast_to(entropy(usage, log_usage), inputs.x.shape[:1])

    return term


def responsibility_entropy(params: NoParams, context: BuildContext) -> LossTerm:
    """Build H(q(c|x)) = -Σ_c q(c|x) log q(c|x), which is low if every input chooses one channel.

    With weight λ, together with `usage_entropy` with weight -λ, the sum is -λ times the mutual information
    I(x; c) = H(p) - E_x H(q(c|x)), which makes channels clusters.

    Args:
        params: none.
        context: unused.

    Returns:
        A LossTerm [B], in nats; locked channels have no gradient.

    Source: R. Gomes, A. Krause, P. Perona, "Discriminative Clustering by Regularized Information
    Maximization", NeurIPS 2010; W. Hu et al., "Learning Discrete Representations via Information Maximizing
    Self-Augmented Training", ICML 2017.
    """
    del params, context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        return entropy(inputs.forward.responsibilities, inputs.forward.log_responsibilities)

    return term
