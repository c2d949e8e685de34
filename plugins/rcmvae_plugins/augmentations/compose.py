"""Builds an augmentation that applies some of several augmentations to each input."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from rcmvae_core.plugin.protocols import Augmentation, BuildContext
from rcmvae_plugins.augmentations.params import ComposeParams


def compose(params: ComposeParams, context: BuildContext) -> Augmentation:
    """Apply `count` of n augmentations to each input, drawn without replacement, in the order of the spec.

    Every set of `count` augmentations is equally likely for an input. Within a batch of B each augmentation changes
    equally many inputs, up to one, and only these are passed to it: the cost is that of `count` augmentations, and not
    that of all n. Each augmentation draws its magnitudes as it does alone.

    Args:
        params: the augmentations and `count`.
        context: unused.

    Returns:
        An Augmentation of the inputs that its parts accept.

    Source: E. D. Cubuk et al., "RandAugment: Practical Automated Data Augmentation with a Reduced Search Space", 2020.
    """
    del context
    parts = params.of
    number = len(parts)
    count = number if params.count is None else params.count

    def augment(x: Float[Array, "B *x"], key: Key[Array, ""]) -> Float[Array, "B *x"]:
        rank_key, place_key, *keys = jax.random.split(key, number + 2)
        if count == number:
            for part, own_key in zip(parts, keys, strict=True):
                x = part(x, own_key)
            return x
        # Inputs in a random order take `count` slots each, and slots are dealt to the augmentations in turn, also in a
        # random order: slot s belongs to the input of rank s // count and to the augmentation at place s mod n.
        size = len(x)
        rank = jax.random.permutation(rank_key, size)
        by_rank = jnp.zeros_like(rank).at[rank].set(jnp.arange(size))
        places = jax.random.permutation(place_key, number)
        turns = jnp.arange(-(-size * count // number))
        for part, own_key, place in zip(parts, keys, places, strict=True):
            # Slots after the last input's are filled with it, and their results are not used.
            chosen = by_rank[jnp.minimum((place + number * turns) // count, size - 1)]
            changed = part(_rows(x, chosen), own_key)
            skipped = (place - rank * count) % number
            is_changed = skipped < count
            turn = jnp.where(is_changed, (rank * count + skipped - place) // number, 0)
            x = jnp.where(is_changed.reshape(-1, *(1,) * (x.ndim - 1)), _rows(changed, turn), x)
        return x

    return augment


def _rows(x: Float[Array, "B *x"], index: Int[Array, " n"]) -> Float[Array, "n *x"]:
    # A loop that copies whole inputs. XLA's CPU backend would compute what a gather reads once for each of its readers,
    # so that gathers in a row cost more than all augmentations of all inputs.
    return jax.lax.map(lambda i: jax.lax.dynamic_index_in_dim(x, i, keepdims=False), index)
