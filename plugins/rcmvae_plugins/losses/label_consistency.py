"""Predicted labels that a change of the input leaves alone."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.scipy.special import logsumexp
from jaxtyping import Array, Float

from rcmvae_core.protocols import Context, LossInputs, LossTerm
from rcmvae_plugins.losses.categorical import divergence
from rcmvae_plugins.losses.params import LabelConsistencyParams


def label_consistency(params: LabelConsistencyParams, context: Context) -> LossTerm:
    """KL(p(y|x) || p(y|T(x))), p(y|x) = Σ_c q(c|x) τ[c, y]; the first carries no gradient and is the target.

    Unlike `channel_consistency` it lets T(x) choose another channel of the same label.

    Args:
        params: the augmentation T.
        context: unused.

    Returns:
        A LossTerm [B], in nats; a locked channel gets no gradient. It raises a ValueError when there is no
        labelled batch.
    """
    del context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        if inputs.labelled is None:
            raise ValueError("the consistency of labels needs a labelled batch, and this run has none")
        tau = jax.lax.stop_gradient(inputs.labelled.tau)
        target = jax.lax.stop_gradient(_log_labels(inputs.forward.log_responsibilities, tau))
        changed = inputs.infer(params.augmentation(inputs.x, inputs.key))
        return divergence(jnp.exp(target), target, _log_labels(changed, tau))

    return term


def _log_labels(log_q: Float[Array, "B K"], tau: Float[Array, "K Y"]) -> Float[Array, "B Y"]:
    """Log p(y|x), whose gradient stays bounded where p(y|x) underflows."""
    return logsumexp(log_q[:, :, None], axis=1, b=tau)
