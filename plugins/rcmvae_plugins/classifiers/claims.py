"""Free channels for classes that are new."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

Counts = Float[Array, "K Y"]
_UNUSED = 1e-3
"""Usage below which a channel is free, whatever is counted in it."""
_EVIDENCE = 0.5
"""Examples of known classes below which a channel is free."""


def claim(
    counts: Counts, usage: Float[Array, " K"], active: Bool[Array, " K"], new: Bool[Array, " Y"], claims: int
) -> Counts:
    """Let each new class claim free channels, and start its counts from them.

    A channel is free when it is unlocked and either hardly used or without evidence for a known class. In each of
    `claims` rounds every new class that has examples takes one, the strongest wish first: a wish is the
    responsibility that a channel has for the class's examples. A class that finds no free channel keeps its counts.

    Args:
        counts: soft counts of the labelled examples, without any smoothing.
        usage: running mean of q(c|x).
        active: channels that are unlocked.
        new: classes that claim.
        claims: channels for each.
    """
    classes = counts.shape[1]
    evidence = jnp.max(jnp.where(new, 0.0, counts), axis=1, initial=0.0)
    free = active & ((usage < _UNUSED) | (evidence < _EVIDENCE))
    sizes = counts.sum(axis=0)
    asking = new & (sizes > 0)

    def take(turn: Array, held: tuple[Array, Array]) -> tuple[Array, Array]:
        claimed, free = held
        waiting = asking & (claimed.sum(axis=0) <= turn // classes)
        possible = free[:, None] & waiting
        best = jnp.argmax(jnp.where(possible, counts, -1.0))
        chosen = possible & (jnp.arange(counts.size).reshape(counts.shape) == best)
        return claimed | chosen, free & ~chosen.any(axis=1)

    nothing = jnp.zeros(counts.shape, bool)
    claimed, _ = jax.lax.fori_loop(0, claims * classes, take, (nothing, free))
    each = sizes / jnp.maximum(claimed.sum(axis=0), 1)
    return jnp.where(claimed.any(axis=0), claimed * each, counts)
