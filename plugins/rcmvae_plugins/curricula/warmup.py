"""Reconstruction first."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Int

from rcmvae_core.protocols import Context, Curriculum, Influence
from rcmvae_plugins.curricula.neutral import factors, influence, neutral
from rcmvae_plugins.curricula.params import WarmupParams


def warmup(params: WarmupParams, context: Context) -> Curriculum:
    """Factor clip((t - over) / ramp, 0, 1) on every term but the reconstruction; without a ramp, [t >= over].

    Args:
        params: how long.
        context: channels K, steps in an epoch.

    Returns:
        A Curriculum without a state.
    """
    begin = params.over.steps(context.steps_per_epoch)
    length = params.ramp.steps(context.steps_per_epoch)

    def at(state: Any, step: Int[Array, ""]) -> Influence:
        del state
        done = (step - begin).astype(jnp.float32)
        share = jnp.clip(done / length, 0, 1) if length else (done >= 0).astype(jnp.float32)
        waiting = factors(kl_latent=share, kl_channel=share, other=share)
        return influence(context.channels, factors=waiting)

    return neutral(context.channels)._replace(influence=at)
