"""Conditional instance normalisation."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.nets import from_linen
from rcmvae_core.params import NoParams
from rcmvae_core.protocols import Context, Net
from rcmvae_plugins.conditioners.modulation import modulate

EPSILON = 1e-5


class Cin(nn.Module):
    """(1 + γ(e)) ⊙ normalise(h) + β(e), with γ and β linear in e and zero at first."""

    @nn.compact
    def __call__(self, h: Float[Array, "*h"], e: Float[Array, "*e"]) -> Float[Array, "*out"]:
        """Normalise and modulate features h [*lead, *spatial, F] by embeddings e [*lead', E]."""
        return modulate(normalise(h, lead=e.ndim - 1), e)


def normalise(h: Float[Array, "*h"], lead: int) -> Float[Array, "*h"]:
    """(h - mean) / sqrt(variance + 1e-5), of each feature over its places; of all features at a single place.

    Args:
        h: features [*lead, *spatial, F].
        lead: number of leading axes.
    """
    places = math.prod(h.shape[lead:-1])
    rows = h.reshape(*h.shape[:lead], places, h.shape[-1])
    axis = -2 if places > 1 else -1
    centred = rows - jnp.mean(rows, axis=axis, keepdims=True)
    variance = jnp.mean(centred**2, axis=axis, keepdims=True)
    return (centred * jax.lax.rsqrt(variance + EPSILON)).reshape(h.shape)


def cin(params: NoParams, context: Context) -> Net:
    """Normalise, then scale and shift features: h' = (1 + γ(e)) ⊙ normalise(h) + β(e).

    Spatial features are normalised over places, each feature of each example by itself (instance
    normalisation). Dense features, and maps of a single place, have no places to normalise over, and are
    normalised over features (layer normalisation). No statistics of the batch. γ and β start at zero, so the
    decoder starts as one with plain normalisation; they are computed on the rows of e alone.

    Args:
        params: none.
        context: unused.

    Returns:
        A Net over h [*lead, *spatial, F] and e [*lead', E], whose leading axes broadcast.

    Source: V. Dumoulin, J. Shlens, M. Kudlur, "A Learned Representation for Artistic Style", 2017.
    """
    del params, context
    return from_linen(Cin())
