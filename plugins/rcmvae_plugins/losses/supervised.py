"""Builds losses of the labelled batch."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.scipy.special import logsumexp
from jaxtyping import Array, Float

from rcmvae_core.plugin.protocols import BuildContext, LabelledBatch, LossInputs, LossTerm
from rcmvae_plugins.losses.params import SupervisedContrastiveParams, SupervisedParams

_EPS = 1e-6


def supervised(params: SupervisedParams, context: BuildContext) -> LossTerm:
    """Build -w_y log p(y|x) = -w_y log Σ_c q(c|x) τ[c, y], over the labelled batch.

    The weights w are 1, those that the user gives the classes, or `balanced`: N / (Y n_y) for n_y of N given labels of
    Y classes, whose mean over the labels is 1. Weights act as if labelled inputs of a class were given w_y times:
    p(y|x) then is that of data in which class y is w_y times as frequent as among the labels, and with `balanced` that of
    equally frequent classes. τ counts by a `class_weight` of its own, which should be the same.

    With an augmentation T it is the mean of that and of -w_y log p(y|T(x)): labelled inputs get a strong view too, as
    unlabelled ones do from `pseudo_channel`.

    Args:
        params: the weights, and T.
        context: has the number of labels of each class.

    Returns:
        A LossTerm [L], in nats; it raises a ValueError without a labelled batch.
    """
    weights = jnp.asarray(context.class_weights(params.class_weight), jnp.float32)

    def term(inputs: LossInputs) -> Float[Array, " L"]:
        labelled = inputs.labelled
        if labelled is None:
            raise ValueError("loss `supervised` needs a labelled batch, and this run has no labels")
        of_label = labelled.tau[:, labelled.labels].T
        log_p = logsumexp(labelled.log_responsibilities, axis=-1, b=of_label)
        if params.augmentation is not None:
            if labelled.x is None:
                raise ValueError("loss `supervised` needs the labelled inputs to augment them")
            strong = inputs.infer(params.augmentation(labelled.x, inputs.key))
            log_p = (log_p + logsumexp(strong, axis=-1, b=of_label)) / 2
        return -log_p if params.class_weight is None else -weights[labelled.labels] * log_p

    return term


def supervised_contrastive(params: SupervisedContrastiveParams, context: BuildContext) -> LossTerm:
    """Build -1/|P(i)| Σ_{p ∈ P(i)} log [exp(f_i · f_p / t) / Σ_{a ≠ i} exp(f_i · f_a / t)].

    P(i) are the other inputs with the label of i. The features f have unit length: √q(c|x), whose product is the
    Bhattacharyya coefficient of two inputs, or m / √(|m|² + 10⁻⁶) with m = Σ_c q(c|x) E[z_c|x]. The value of an input
    with empty P(i) is zero; inputs of unknown label, -1, are left out.

    Args:
        params: the temperature t and the features.
        context: unused.

    Returns:
        A LossTerm [L], in nats; locked channels have no gradient. It raises a ValueError without a labelled batch.

    Source: P. Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020, equation 2.
    """
    del context
    features = _root_responsibilities if params.features == "responsibilities" else _unit_latents

    def term(inputs: LossInputs) -> Float[Array, " L"]:
        labelled = inputs.labelled
        if labelled is None:
            raise ValueError(
                "loss `supervised_contrastive` needs a labelled batch, and this run has no labels"
            )
        f, labels = features(labelled), labelled.labels
        known = labels >= 0
        others = known[:, None] & known & ~jnp.eye(labels.shape[0], dtype=bool)
        positives = others & (labels[:, None] == labels)
        count = positives.sum(axis=1)
        # The softmax of an empty row is NaN, also in the gradient; such a row takes all columns and is not used.
        contrast = others | (count == 0)[:, None]
        log_share = jax.nn.log_softmax(f @ f.T / params.temperature, axis=1, where=contrast)
        return -jnp.where(positives, log_share, 0).sum(axis=1) / jnp.maximum(count, 1)

    return term


def _root_responsibilities(labelled: LabelledBatch) -> Float[Array, "L K"]:
    # The derivative of sqrt is infinite at 0; that of exp(log q / 2) is 0.
    return jnp.exp(labelled.log_responsibilities / 2)


def _unit_latents(labelled: LabelledBatch) -> Float[Array, "L D"]:
    mean = labelled.encoder_output.mean
    shared = mean.shape[1] == 1
    m = mean[:, 0] if shared else jnp.einsum("lk,lkd->ld", jnp.exp(labelled.log_responsibilities), mean)
    # Without eps the direction of a zero vector, and its gradient, would be NaN.
    return m * jax.lax.rsqrt((m**2).sum(axis=-1, keepdims=True) + _EPS)
