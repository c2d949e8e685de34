"""Contrast of the labelled batch."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.protocols import Context, Labelled, LossInputs, LossTerm
from rcmvae_plugins.losses.params import SupervisedContrastiveParams

_SHORTEST = 1e-6


def supervised_contrastive(params: SupervisedContrastiveParams, context: Context) -> LossTerm:
    """-1/|P(i)| Σ_{p ∈ P(i)} log [exp(f_i · f_p / t) / Σ_{a ≠ i} exp(f_i · f_a / t)], P(i) the others of i's label.

    Features f of unit length: √q(c|x), whose product is the Bhattacharyya coefficient of two inputs, or
    m / √(|m|² + 10⁻⁶) with m = Σ_c q(c|x) E[z_c|x]. An input without another of its label has the value zero, and
    one of unknown label, -1, takes no part.

    Args:
        params: the temperature t and the features.
        context: unused.

    Returns:
        A LossTerm [L], in nats; a locked channel gets no gradient. It raises a ValueError when there is no
        labelled batch.

    Source: P. Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020, equation 2.
    """
    del context
    features = _roots if params.features == "responsibilities" else _directions

    def term(inputs: LossInputs) -> Float[Array, " L"]:
        labelled = inputs.labelled
        if labelled is None:
            raise ValueError("the contrastive loss needs a labelled batch, and this run has none")
        f, labels = features(labelled), labelled.labels
        known = labels >= 0
        others = known[:, None] & known & ~jnp.eye(labels.shape[0], dtype=bool)
        positives = others & (labels[:, None] == labels)
        count = positives.sum(axis=1)
        # A row that contrasts with nothing would be a logarithm of zero; its value is not used.
        against = others | (count == 0)[:, None]
        log_share = jax.nn.log_softmax(f @ f.T / params.temperature, axis=1, where=against)
        return -jnp.where(positives, log_share, 0).sum(axis=1) / jnp.maximum(count, 1)

    return term


def _roots(labelled: Labelled) -> Float[Array, "L K"]:
    # The root's own derivative is infinite at zero; this one is zero.
    return jnp.exp(labelled.log_responsibilities / 2)


def _directions(labelled: Labelled) -> Float[Array, "L D"]:
    mean = labelled.inference.mean
    one = mean.shape[1] == 1
    m = mean[:, 0] if one else jnp.einsum("lk,lkd->ld", jnp.exp(labelled.log_responsibilities), mean)
    return m * jax.lax.rsqrt((m**2).sum(axis=-1, keepdims=True) + _SHORTEST)
