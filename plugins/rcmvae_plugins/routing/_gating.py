"""Selects the channels with the largest weights, and times the mixing of embeddings, for routing."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from rcmvae_core.plugin.duration import Duration
from rcmvae_core.plugin.protocols import BuildContext, Selection

Gate = Callable[[Float[Array, "B K"]], Selection]
Warmup = Callable[[Int[Array, ""]], Bool[Array, ""] | None]


def gate(top_m: int | None, channels: int) -> Gate:
    """Build the map from log weights to a selection: all channels, or the M largest weights, renormalised.

    The cost of decoding is proportional to M. A locked channel has weight zero and gets no gradient, even if it is
    decoded because fewer than M channels are unlocked.

    Args:
        top_m: M; None, or K or more, disables gating.
        channels: K.

    Returns:
        A function of normalised log weights [B, K]. It returns weights [B, K] of every channel without channel
        indices; with gating, weights and channels [B, M], the largest weight first.
    """
    if top_m is None or top_m >= channels:
        return lambda log_weights: Selection(jnp.exp(log_weights))

    def largest(log_weights: Float[Array, "B K"]) -> Selection:
        # The softmax of log weights renormalises them.
        largest_weights, indices = jax.lax.top_k(log_weights, top_m)
        return Selection(jax.nn.softmax(largest_weights, axis=-1), indices)

    return largest


def warmup(length: Duration, context: BuildContext) -> Warmup:
    """Build `Selection.mix_embeddings` as a function of the step: true before `length`; None if `length` is 0."""
    steps = length.steps_in(context)

    def mix(step: Int[Array, ""]) -> Bool[Array, ""] | None:
        return step < steps if steps else None

    return mix
