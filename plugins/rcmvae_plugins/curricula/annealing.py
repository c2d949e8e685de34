"""Builds annealing of the KL terms."""

from __future__ import annotations

from typing import Any

from jaxtyping import Array, Int

from rcmvae_core.plugin.protocols import BuildContext, Curriculum, CurriculumEffect
from rcmvae_plugins.curricula._neutral import effect, factors, neutral
from rcmvae_plugins.curricula.params import AnnealingParams


def annealing(params: AnnealingParams, context: BuildContext) -> Curriculum:
    """Multiply the weights of KL(q(z|x) || p(z|c)) by β_z(t) and those of KL(q(c|x) || π) by β_c(t).

    Args:
        params: the two schedules.
        context: channels K.

    Returns:
        A Curriculum without a state.

    Source: S. R. Bowman et al., "Generating Sentences from a Continuous Space", 2016.
    """

    def at(state: Any, step: Int[Array, ""]) -> CurriculumEffect:
        del state
        annealed = factors(kl_latent=params.latent(step), kl_channel=params.channel(step))
        return effect(context.channels, weight_factors=annealed)

    return neutral(context.channels)._replace(effect=at)
