"""Define affinities, the similarity of inputs in a batch."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float
from rcmvae_core import BuildContext, NoParams

from rcmvae_neighbours.params import GaussianParams

_EPSILON = 1e-12


@runtime_checkable
class Affinity(Protocol):
    """Similarity of each pair of inputs, from 0 to 1: x [B, *x] in [0, 1] to [B, B]."""

    def __call__(self, x: Float[Array, "B *x"]) -> Float[Array, "B B"]:
        """Compare every input with every other."""
        ...


def gaussian(params: GaussianParams, context: BuildContext) -> Affinity:
    """Compare inputs by their distance: a_ij = exp(-|x_i - x_j|² / (2 P h²)), with P values per input.

    Args:
        params: the bandwidth h.
        context: unused.

    Returns:
        An Affinity; 1 for equal inputs.
    """
    del context

    def affinity(x: Float[Array, "B *x"]) -> Float[Array, "B B"]:
        rows = x.reshape(len(x), -1)
        squares = jnp.mean((rows[:, None] - rows) ** 2, axis=-1)
        return jnp.exp(-squares / (2 * params.bandwidth**2))

    return affinity


def cosine(params: NoParams, context: BuildContext) -> Affinity:
    """Compare inputs by their direction: a_ij = x_i · x_j / (|x_i| |x_j|).

    Inputs in [0, 1] have no negative affinity. The affinity of an input of zeros is 0.

    Args:
        params: none.
        context: unused.

    Returns:
        An Affinity.
    """
    del params, context

    def affinity(x: Float[Array, "B *x"]) -> Float[Array, "B B"]:
        rows = x.reshape(len(x), -1)
        # The maximum avoids a division by zero, also in the gradient.
        rows = rows * jax.lax.rsqrt(jnp.maximum(jnp.sum(rows**2, axis=1, keepdims=True), _EPSILON))
        return jnp.clip(rows @ rows.T, 0, 1)

    return affinity
