"""A curriculum that changes nothing, which those of this family change in part."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from rcmvae_core.protocols import Curriculum, Factors, Influence, Progress


def factors(**changed: Float[Array, ""]) -> Factors:
    """Factors of one but for those named."""
    one = jnp.ones(())
    return Factors(**(dict.fromkeys(Factors._fields, one) | changed))


def influence(channels: int, **changed: Any) -> Influence:
    """No influence but for what is named."""
    calm = Influence(jnp.zeros(channels), jnp.ones(()), jnp.zeros((), bool), factors())
    return calm._replace(**changed)


def neutral(channels: int) -> Curriculum:
    """All channels unlocked, nothing to remember."""

    def active(state: Any, step: Int[Array, ""]) -> Bool[Array, " K"]:
        del state, step
        return jnp.ones(channels, bool)

    def at(state: Any, step: Int[Array, ""]) -> Influence:
        del state, step
        return influence(channels)

    def advance(state: Any, progress: Progress) -> Any:
        del progress
        return state

    return Curriculum(init=lambda: (), active=active, influence=at, advance=advance)
