"""Builds the acquisition that chooses inputs with large and different gradients."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import Acquisition, BuildContext, QueryPool, Suggestion
from rcmvae_plugins.acquisitions._batch import generator, standardised


def badge(params: NoParams, context: BuildContext) -> Acquisition:
    """Score: the squared distance of an input's gradient to those chosen before, the first to zero; k-means++ draws them.

    The gradient is that of -log p(ŷ|x), for the most probable class ŷ, with respect to the weights of channel logits that
    are linear in the standardised latent z: g = (q(c|x) - q(c|x, ŷ)) ⊗ [z, 1], with q(c|x, ŷ) ∝ q(c|x) τ[c, ŷ]. It is
    long where the label would move the input to another channel, and two gradients differ in the channels or the latent.

    Args:
        params: none.
        context: unused.

    Source: J. T. Ash et al., "Deep Batch Active Learning by Diverse, Uncertain Gradient Lower Bounds", ICLR 2020.
    """
    del params, context

    def choose(candidates: QueryPool, count: int, key: Key[Array, ""]) -> Suggestion:
        rng, total = generator(key), len(candidates.responsibilities)
        shift, h = channel_shift(candidates), _with_one(candidates)
        norms = np.square(shift).sum(axis=1) * np.square(h).sum(axis=1)
        distances, chosen, scores = norms.copy(), list[int](), list[float]()
        for _ in range(min(count, total)):
            free = np.ones(total, bool)
            free[chosen] = False
            weights = np.where(free, distances, 0.0)
            weights = weights if weights.sum() > 0 else free.astype(float)
            position = int(rng.choice(total, p=weights / weights.sum()))
            scores.append(float(distances[position]))
            chosen.append(position)
            # ‖a ⊗ h - b ⊗ k‖² without the product, which has K · (D + 1) numbers for each input.
            product = (shift @ shift[position]) * (h @ h[position])
            distances = np.minimum(distances, np.maximum(norms + norms[position] - 2 * product, 0.0))
        return Suggestion(np.array(chosen, np.int64), np.array(scores))

    return choose


def channel_shift(candidates: QueryPool) -> Float[np.ndarray, "N K"]:
    """Return q(c|x) - q(c|x, ŷ), the gradient of -log p(ŷ|x) with respect to the logits of q(c|x)."""
    q = np.asarray(candidates.responsibilities, np.float64)
    joint = q * candidates.tau.T[np.asarray(candidates.probabilities).argmax(axis=1)]
    return q - joint / np.maximum(joint.sum(axis=1, keepdims=True), 1e-300)


def _with_one(candidates: QueryPool) -> Float[np.ndarray, "N E"]:
    z = standardised(candidates.latents, candidates.latents)
    return np.hstack([z, np.ones((len(z), 1))])
