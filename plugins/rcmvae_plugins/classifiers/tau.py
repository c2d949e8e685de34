"""τ: labels attached to channels by counting."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from rcmvae_core.protocols import Classifier, Context
from rcmvae_plugins.classifiers.claims import claim
from rcmvae_plugins.classifiers.params import TauParams

Counts = Float[Array, "K Y"]


def tau(params: TauParams, context: Context) -> Classifier:
    """τ[c, y] = (S[c, y] + α) / Σ_y (S[c, y] + α);  p(y|x) = Σ_c q(c|x) τ[c, y].

    S estimates the soft counts over all N labelled examples: with a labelled batch of L,
    S ← decay · S + (1 - decay) · (N / L) Σ_l q(c|x_l) [y_l = y]. It is rebuilt from all labels at the start and
    whenever labels change: a new class then claims free channels and starts its counts from them. An unknown label (-1) counts nothing. τ carries no gradient.

    Args:
        params: α, decay and claims.
        context: channels K, classes Y, labelled examples N.

    Returns:
        A Classifier; its state is S [K, Y].
    """

    def init() -> Counts:
        return jnp.zeros((context.channels, context.classes))

    def count(responsibilities: Float[Array, "L K"], labels: Int[Array, " L"]) -> Counts:
        one_hot = jax.nn.one_hot(labels, context.classes)
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
        return claim(count(responsibilities, labels), usage, active, new, params.claims)

    def tau_of(state: Counts) -> Counts:
        smoothed = jax.lax.stop_gradient(state) + params.alpha
        return smoothed / smoothed.sum(axis=1, keepdims=True)

    def predict(state: Counts, responsibilities: Float[Array, "B K"]) -> Float[Array, "B Y"]:
        return responsibilities @ tau_of(state)

    return Classifier(init, update, tau_of, predict, rebuild)
