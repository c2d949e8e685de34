"""Annealing of the KL terms."""

from __future__ import annotations

from typing import Any

from jaxtyping import Array, Int

from rcmvae_core.protocols import Context, Curriculum, Influence
from rcmvae_plugins.curricula.neutral import factors, influence, neutral
from rcmvae_plugins.curricula.params import AnnealingParams


def annealing(params: AnnealingParams, context: Context) -> Curriculum:
    """Multiply the weights of KL(q(z|x) || p(z|c)) by β_z(t), and those of KL(q(c|x) || π) by β_c(t).

    Args:
        params: the two schedules.
        context: channels K.

    Returns:
        A Curriculum without a state.

    Source: S. R. Bowman et al., "Generating Sentences from a Continuous Space", 2016.
    """

    def at(state: Any, step: Int[Array, ""]) -> Influence:
        del state
        annealed = factors(kl_latent=params.latent(step), kl_channel=params.channel(step))
        return influence(context.channels, factors=annealed)

    return neutral(context.channels)._replace(influence=at)
