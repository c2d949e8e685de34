"""Builds losses that make predictions invariant to an augmentation of the input."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.scipy.special import logsumexp
from jaxtyping import Array, Float

from rcmvae_core.plugin.protocols import BuildContext, LossInputs, LossTerm
from rcmvae_plugins.losses._categorical import divergence
from rcmvae_plugins.losses.params import ChannelConsistencyParams, LabelConsistencyParams


def channel_consistency(params: ChannelConsistencyParams, context: BuildContext) -> LossTerm:
    """Build KL(q(c|x) || q(c|T(x))) for a random augmentation T; q(c|x) is the target and has no gradient.

    On its own the minimum is reached if all inputs choose the same channel; add `usage_entropy` with a negative weight
    to spread them.

    Args:
        params: the augmentation T.
        context: unused.

    Returns:
        A LossTerm [B], in nats; locked channels have no gradient.

    Source: W. Hu et al., "Learning Discrete Representations via Information Maximizing Self-Augmented Training",
    ICML 2017.
    """
    del context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        # Without stop_gradient the easiest change would be to make the target less certain.
        target = jax.lax.stop_gradient(inputs.forward.log_responsibilities)
        augmented = inputs.infer(params.augmentation(inputs.x, inputs.key))
        return divergence(jax.lax.stop_gradient(inputs.forward.responsibilities), target, augmented)

    return term


def label_consistency(params: LabelConsistencyParams, context: BuildContext) -> LossTerm:
    """Build KL(p(y|x) || p(y|T(x))), p(y|x) = Σ_c q(c|x) τ[c, y]; p(y|x) is the target and has no gradient.

    Unlike `channel_consistency` it allows T(x) to choose another channel with the same label.

    Args:
        params: the augmentation T.
        context: unused.

    Returns:
        A LossTerm [B], in nats; locked channels have no gradient. It raises a ValueError without a labelled batch.
    """
    del context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        if inputs.labelled is None:
            raise ValueError("loss `label_consistency` needs a labelled batch, and this run has no labels")
        tau = jax.lax.stop_gradient(inputs.labelled.tau)
        target = jax.lax.stop_gradient(_log_labels(inputs.forward.log_responsibilities, tau))
        augmented = inputs.infer(params.augmentation(inputs.x, inputs.key))
        return divergence(jnp.exp(target), target, _log_labels(augmented, tau))

    return term


def _log_labels(log_q: Float[Array, "B K"], tau: Float[Array, "K Y"]) -> Float[Array, "B Y"]:
    """Return log p(y|x) in log space, where its gradient stays bounded even if p(y|x) underflows."""
    return logsumexp(log_q[:, :, None], axis=1, b=tau)
