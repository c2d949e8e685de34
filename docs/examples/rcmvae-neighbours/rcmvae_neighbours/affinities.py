"""Affinities: how alike the inputs of a batch are."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float
from rcmvae_core import Context, NoParams

from rcmvae_neighbours.params import GaussianParams

_TINY = 1e-12


@runtime_checkable
class Affinity(Protocol):
    """How alike each pair of inputs is, from 0 to 1: x [B, *x] in [0, 1] to [B, B]."""

    def __call__(self, x: Float[Array, "B *x"]) -> Float[Array, "B B"]:
        """Compare every input with every other."""
        ...


def gaussian(params: GaussianParams, context: Context) -> Affinity:
    """a_ij = exp(-|x_i - x_j|² / (2 P h²)), P numbers in an input.

    Args:
        params: the bandwidth h.
        context: unused.

    Returns:
        An Affinity, 1 for equal inputs.
    """
    del context

    def affinity(x: Float[Array, "B *x"]) -> Float[Array, "B B"]:
        rows = x.reshape(len(x), -1)
        squares = jnp.mean((rows[:, None] - rows) ** 2, axis=-1)
        return jnp.exp(-squares / (2 * params.bandwidth**2))

    return affinity


def cosine(params: NoParams, context: Context) -> Affinity:
    """a_ij = x_i · x_j / (|x_i| |x_j|), which is not negative for inputs in [0, 1]; 0 beside an input of zeros.

    Args:
        params: none.
        context: unused.

    Returns:
        An Affinity.
    """
    del params, context

    def affinity(x: Float[Array, "B *x"]) -> Float[Array, "B B"]:
        rows = x.reshape(len(x), -1)
        rows = rows * jax.lax.rsqrt(jnp.maximum(jnp.sum(rows**2, axis=1, keepdims=True), _TINY))
        return jnp.clip(rows @ rows.T, 0, 1)

    return affinity
