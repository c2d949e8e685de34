"""Responsibilities that a change of the input leaves alone."""

from __future__ import annotations

import jax
from jaxtyping import Array, Float

from rcmvae_core.protocols import Context, LossInputs, LossTerm
from rcmvae_plugins.losses.categorical import divergence
from rcmvae_plugins.losses.params import ChannelConsistencyParams


def channel_consistency(params: ChannelConsistencyParams, context: Context) -> LossTerm:
    """KL(q(c|x) || q(c|T(x))), T a random change; the first carries no gradient and is the target.

    Alone it is least when every input chooses the same channel; beside it `usage_entropy` with a negative weight
    spreads them.

    Args:
        params: the augmentation T.
        context: unused.

    Returns:
        A LossTerm [B], in nats; a locked channel gets no gradient.

    Source: W. Hu et al., "Learning Discrete Representations via Information Maximizing Self-Augmented Training",
    ICML 2017.
    """
    del context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        target = jax.lax.stop_gradient(inputs.forward.log_responsibilities)
        changed = inputs.infer(params.augmentation(inputs.x, inputs.key))
        return divergence(jax.lax.stop_gradient(inputs.forward.responsibilities), target, changed)

    return term
