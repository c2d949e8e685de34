"""Builds conditional instance normalisation."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.plugin.flax_adapters import from_linen
from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import BuildContext, Net
from rcmvae_plugins.conditioners._modulation import modulate

EPSILON = 1e-5


class Cin(nn.Module):
    """(1 + γ(e)) ⊙ normalise(h) + β(e), with γ and β linear in e and initially zero."""

    @nn.compact
    def __call__(self, h: Float[Array, "*h"], e: Float[Array, "*e"]) -> Float[Array, "*out"]:
        """Normalise and modulate features h [*lead, *spatial, F] by embeddings e [*lead', E]."""
        return modulate(normalise(h, lead=e.ndim - 1), e)


def normalise(h: Float[Array, "*h"], lead: int) -> Float[Array, "*h"]:
    """Return (h - mean) / sqrt(variance + 1e-5), over places for each feature, or over features at a single place.

    Args:
        h: features [*lead, *spatial, F].
        lead: the number of leading axes.

    Returns:
        Features of the same shape.
    """
    places = math.prod(h.shape[lead:-1])
    rows = h.reshape(*h.shape[:lead], places, h.shape[-1])
    axis = -2 if places > 1 else -1
    # Two passes: E[h²] - E[h]² cancels in float32 where the mean is large beside the deviation.
    centred = rows - jnp.mean(rows, axis=axis, keepdims=True)
    variance = jnp.mean(centred**2, axis=axis, keepdims=True)
    return (centred * jax.lax.rsqrt(variance + EPSILON)).reshape(h.shape)


def cin(params: NoParams, context: BuildContext) -> Net:
    """Normalise features, then scale and shift them: h' = (1 + γ(e)) ⊙ normalise(h) + β(e).

    Spatial features are normalised over places, separately for each feature of each example (instance
    normalisation). Dense features and maps of a single place are normalised over features instead (layer
    normalisation). Batch statistics are not used. γ and β are initially zero, so the decoder starts with plain
    normalisation; they are computed on the rows of e only.

    Args:
        params: none.
        context: unused.

    Returns:
        A Net from h [*lead, *spatial, F] and e [*lead', E], whose leading axes broadcast, to features like h.

    Source: V. Dumoulin, J. Shlens, M. Kudlur, "A Learned Representation for Artistic Style", 2017.
    """
    del params, context
    return from_linen(Cin())
