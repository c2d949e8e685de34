"""What the routings of this family share: the largest weights only, and the warm-up of embeddings."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from rcmvae_core.params import Duration
from rcmvae_core.protocols import Selection

Gate = Callable[[Float[Array, "B K"]], Selection]
Warmup = Callable[[Int[Array, ""]], Bool[Array, ""] | None]


def gate(top_m: int | None, channels: int) -> Gate:
    """Build the step from log weights to a selection: all channels, or the M largest renormalised.

    Cost follows M. A locked channel, of weight zero, gets no gradient, also where gating must decode it because
    fewer than M are unlocked.

    Args:
        top_m: M; None, or K and more, is no gating.
        channels: K.

    Returns:
        A function of log weights [B, K] that sum to one, to weights [B, K] and channels [1, K], or with gating
        weights and channels [B, M], the largest first.
    """
    if top_m is None or top_m >= channels:
        return lambda log_weights: Selection(jnp.exp(log_weights), jnp.arange(channels)[None])

    def largest(log_weights: Float[Array, "B K"]) -> Selection:
        kept, which = jax.lax.top_k(log_weights, top_m)
        return Selection(jax.nn.softmax(kept, axis=-1), which)

    return largest


def warmup(length: Duration, steps_per_epoch: int) -> Warmup:
    """Build `Selection.mix_embeddings`: true in the first steps; None, always, when there are none."""
    steps = length.steps(steps_per_epoch)

    def mix(step: Int[Array, ""]) -> Bool[Array, ""] | None:
        return step < steps if steps else None

    return mix
