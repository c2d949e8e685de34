"""Builds a warm-up on the reconstruction only."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Int

from rcmvae_core.plugin.protocols import BuildContext, Curriculum, CurriculumEffect
from rcmvae_plugins.curricula._neutral import effect, factors, neutral
from rcmvae_plugins.curricula.params import WarmupParams


def warmup(params: WarmupParams, context: BuildContext) -> Curriculum:
    """Multiply every term except the reconstruction by clip((t - over) / ramp, 0, 1); without a ramp, by [t >= over].

    Args:
        params: the durations `over` and `ramp`.
        context: channels K, steps per epoch.

    Returns:
        A Curriculum without a state.
    """
    begin = params.over.steps_in(context)
    length = params.ramp.steps_in(context)

    def at(state: Any, step: Int[Array, ""]) -> CurriculumEffect:
        del state
        done = (step - begin).astype(jnp.float32)
        share = jnp.clip(done / length, 0, 1) if length else (done >= 0).astype(jnp.float32)
        waiting = factors(kl_latent=share, kl_channel=share, other=share)
        return effect(context.channels, weight_factors=waiting)

    return neutral(context.channels)._replace(effect=at)
