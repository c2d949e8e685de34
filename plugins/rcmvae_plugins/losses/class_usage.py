"""Builds a loss that makes the shares of predicted classes those that the labels say."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.plugin.protocols import BuildContext, LossInputs, LossTerm
from rcmvae_plugins.losses._categorical import divergence
from rcmvae_plugins.losses.params import ClassUsageParams

_TINY = 1e-12
"""Least share of a class: the derivative of the logarithm stays finite where no channel has a label of it."""


def class_usage(params: ClassUsageParams, context: BuildContext) -> LossTerm:
    """Build KL(π || m), m_y = Σ_c p_c ρ[c, y], where p is the running mean of q(c|x) and ρ attributes channels to classes.

    π is the class prior: the shares of the given labels, drawn towards equal ones where the labels are few, or what
    `class_prior` of `[data]` says; with `labels_per_class` the shares are equal. Where `usage_entropy` asks for equal
    use of channels, this term asks only that the channels of a class are used as often as the class occurs. Its gradient
    grows as the channels of a class are left unused, and so it works against labelled inputs that are memorised in a
    channel which no other input uses. How a class divides over its channels is left open.

    ρ[c, y] ∝ (τ[c, y] / √n_y)^s, n_y the share of the labels of class y. Attributed by τ alone, s = 1, a single channel
    that holds all classes would satisfy the term, as it predicts each class with its share. At higher s such a channel
    belongs to its most frequent class, and the others need channels of their own. The root makes a channel that holds
    a few inputs of a rare class beside others belong to that class. A channel without labels, whose τ is uniform, is
    left to the rarer classes, which may need it.

    Args:
        params: the sharpness s.
        context: has π, without which classes are equally frequent, and the labels of each class.

    Returns:
        A LossTerm [B], in nats; the same value for every example. τ has no gradient. It raises a ValueError without a
        labelled batch.
    """
    prior = jnp.asarray(context.class_prior or (1 / context.classes,) * context.classes, jnp.float32)
    counts = jnp.asarray(context.label_counts or (0,) * context.classes, jnp.float32) + 1 / context.classes
    root = jnp.sqrt(counts / counts.sum())
    log_prior = jnp.log(jnp.where(prior > 0, prior, 1))

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        if inputs.labelled is None:
            raise ValueError("loss `class_usage` needs a labelled batch, and this run has no labels")
        relative = inputs.labelled.tau / root
        power = (relative / relative.max(axis=1, keepdims=True)) ** params.sharpness
        shares = inputs.usage @ (power / power.sum(axis=1, keepdims=True))
        value = divergence(prior, log_prior, jnp.log(jnp.maximum(shares, _TINY)))
        return jnp.broadcast_to(value, inputs.x.shape[:1])

    return term
