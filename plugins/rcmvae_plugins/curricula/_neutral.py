"""Builds a curriculum without any effect, of which the curricula of this family replace parts."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from rcmvae_core.plugin.protocols import Curriculum, CurriculumEffect, LossWeightFactors, Progress


def factors(**changed: Float[Array, ""]) -> LossWeightFactors:
    """Return factors of 1, except those that are given."""
    one = jnp.ones(())
    return LossWeightFactors(**(dict.fromkeys(LossWeightFactors._fields, one) | changed))


def effect(channels: int, **changed: Any) -> CurriculumEffect:
    """Return an effect that changes nothing, except the given fields."""
    neutral_effect = CurriculumEffect(jnp.zeros(channels), jnp.ones(()), jnp.zeros((), bool), factors())
    return neutral_effect._replace(**changed)


def neutral(channels: int) -> Curriculum:
    """Return a curriculum that unlocks all channels, changes nothing and has no state."""

    def active(state: Any, step: Int[Array, ""]) -> Bool[Array, " K"]:
        del state, step
        return jnp.ones(channels, bool)

    def at(state: Any, step: Int[Array, ""]) -> CurriculumEffect:
        del state, step
        return effect(channels)

    def advance(state: Any, progress: Progress) -> Any:
        del progress
        return state

    return Curriculum(init=lambda: (), active=active, effect=at, advance=advance)
