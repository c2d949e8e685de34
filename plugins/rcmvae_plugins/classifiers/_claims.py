"""Assigns free channels to new classes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

Counts = Float[Array, "K Y"]
_UNUSED = 1e-3
"""Usage below which a channel is free, whatever its counts."""
_EVIDENCE = 0.5
"""Soft count of known classes, in examples, below which a channel is free."""


def even_share(counts: Counts, active: Bool[Array, " K"], reserve: int) -> Int[Array, ""]:
    """Return max(1, ⌊(A - R) / Y'⌋), the channels of each class when A unlocked ones are shared evenly.

    Example:
        Of 30 channels, 10 classes have 2 each if 8 are reserved, and 8 more classes then find 10 free ones.

        >>> int(even_share(jnp.ones((30, 10)), jnp.ones(30, bool), 8))
        2

    Args:
        counts: soft counts of the labelled examples; Y' classes have any.
        active: which channels are unlocked.
        reserve: R, the channels to leave for classes that come later.
    """
    classes = jnp.maximum((counts.sum(axis=0) > 0).sum(), 1)
    return jnp.maximum((active.sum() - reserve) // classes, 1)


def claim(
    counts: Counts,
    usage: Float[Array, " K"],
    active: Bool[Array, " K"],
    new: Bool[Array, " Y"],
    claims: int | Int[Array, ""],
) -> Counts:
    """Let each new class claim free channels, and concentrate its counts on them.

    A channel is free if it is unlocked and either hardly used or without evidence for a known class. In each of
    `claims` rounds, every new class with examples takes one free channel, in the order of the soft count that the
    channel has for the class, largest first. A class that finds no free channel keeps its counts.

    Args:
        counts: soft counts of the labelled examples, without smoothing.
        usage: the running mean of q(c|x).
        active: which channels are unlocked.
        new: which classes claim channels.
        claims: the number of channels for each class.

    Returns:
        Counts [K, Y], in which the sum over channels is unchanged for each class.
    """
    classes = counts.shape[1]
    evidence = jnp.max(jnp.where(new, 0.0, counts), axis=1, initial=0.0)
    free = active & ((usage < _UNUSED) | (evidence < _EVIDENCE))
    sizes = counts.sum(axis=0)
    claiming = new & (sizes > 0)

    def take(turn: Array, state: tuple[Array, Array]) -> tuple[Array, Array]:
        claimed, free = state
        # A round has a turn for each class, and gives each class at most one channel.
        waiting = claiming & (claimed.sum(axis=0) <= turn // classes)
        possible = free[:, None] & waiting
        best = jnp.argmax(jnp.where(possible, counts, -1.0))
        chosen = possible & (jnp.arange(counts.size).reshape(counts.shape) == best)
        return claimed | chosen, free & ~chosen.any(axis=1)

    nothing = jnp.zeros(counts.shape, bool)
    claimed, _ = jax.lax.fori_loop(0, claims * classes, take, (nothing, free))
    share = sizes / jnp.maximum(claimed.sum(axis=0), 1)
    return jnp.where(claimed.any(axis=0), claimed * share, counts)
