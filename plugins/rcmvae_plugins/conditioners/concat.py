"""Builds conditioning by concatenation."""

from __future__ import annotations

import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.plugin.flax_adapters import Dense, from_linen
from rcmvae_core.plugin.protocols import BuildContext, Net
from rcmvae_plugins.conditioners._broadcast import over_places
from rcmvae_plugins.conditioners.params import ConcatParams


class Concat(nn.Module):
    """[h; W e + b]."""

    units: int

    @nn.compact
    def __call__(self, h: Float[Array, "*h"], e: Float[Array, "*e"]) -> Float[Array, "*out"]:
        """Append a linear map of embeddings e [*lead', E] to features h [*lead, *spatial, F] at every place."""
        rows = over_places(Dense(self.units, name="embedding")(e), h)
        shape = jnp.broadcast_shapes(h.shape[:-1], rows.shape[:-1])
        broadcast = [jnp.broadcast_to(part, (*shape, part.shape[-1])) for part in (h, rows)]
        return jnp.concatenate(broadcast, axis=-1)


def concat(params: ConcatParams, context: BuildContext) -> Net:
    """Append a linear map of the embedding to the features: h' = [h; W e + b].

    W e + b is computed on the rows of e only: K rows instead of B·K if e is [1, K, E].

    Args:
        params: the number of features appended.
        context: unused.

    Returns:
        A Net from h [*lead, *spatial, F] and e [*lead', E], whose leading axes broadcast, to F + units features.
    """
    del context
    return from_linen(Concat(params.units))
