"""Builds the classifier τ, which maps channels to labels by counting."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from rcmvae_core.plugin.protocols import BuildContext, Classifier
from rcmvae_plugins.classifiers._claims import claim, even_share
from rcmvae_plugins.classifiers.params import TauParams

Counts = Float[Array, "K Y"]


def tau(params: TauParams, context: BuildContext) -> Classifier:
    """Estimate τ[c, y] = (S[c, y] + α) / Σ_y (S[c, y] + α), and predict p(y|x) = Σ_c q(c|x) τ[c, y].

    S estimates the soft counts over all N labelled examples: for a labelled batch of size L,
    S ← decay · S + (1 - decay) · (N / L) Σ_l w_y q(c|x_l) [y_l = y], where the weight w_y of a class is 1 unless
    `class_weight` says otherwise: a channel with inputs of several classes then predicts as if class y were w_y times as
    frequent as among the labels. S is rebuilt from all labels at the start and whenever labels change: each new class
    then claims free channels, on which its counts are concentrated. With `claims = "share"` these are
    max(1, ⌊(A - `reserve`) / Y'⌋) of A unlocked channels for each of Y' classes with labels, so that a channel beyond the
    first of each class has a label too: one without is predicted as no class, whatever its inputs are. Unknown labels
    (-1) are not counted. τ has no gradient.

    Args:
        params: α, `decay`, the claims and the weights.
        context: channels K, classes Y, labelled examples N, and the labels of each class.

    Returns:
        A Classifier; its state is S [K, Y].
    """
    weights = jnp.asarray(context.class_weights(params.class_weight), jnp.float32)

    def init() -> Counts:
        return jnp.zeros((context.channels, context.classes))

    def count(responsibilities: Float[Array, "L K"], labels: Int[Array, " L"]) -> Counts:
        one_hot = jax.nn.one_hot(labels, context.classes)
        one_hot = one_hot if params.class_weight is None else weights * one_hot
        return responsibilities.T @ one_hot * (context.labelled / labels.shape[0])

    def update(state: Counts, responsibilities: Float[Array, "L K"], labels: Int[Array, " L"]) -> Counts:
        counts = count(responsibilities, labels)
        return jax.lax.stop_gradient(params.decay * state + (1 - params.decay) * counts)

    def rebuild(
        responsibilities: Float[Array, "L K"],
        labels: Int[Array, " L"],
        usage: Float[Array, " K"],
        active: Bool[Array, " K"],
        new: Bool[Array, " Y"],
    ) -> Counts:
        counts = count(responsibilities, labels)
        claims = even_share(counts, active, params.reserve) if params.claims == "share" else params.claims
        return claim(counts, usage, active, new, claims)

    def tau_of(state: Counts) -> Counts:
        smoothed = jax.lax.stop_gradient(state) + params.alpha
        return smoothed / smoothed.sum(axis=1, keepdims=True)

    def predict(state: Counts, responsibilities: Float[Array, "B K"]) -> Float[Array, "B Y"]:
        return responsibilities @ tau_of(state)

    return Classifier(init, update, tau_of, predict, rebuild, evidence=lambda counts: counts)
