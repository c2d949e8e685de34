"""The embedding beside the features."""

from __future__ import annotations

import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.nets import Dense, from_linen
from rcmvae_core.protocols import Context, Net
from rcmvae_plugins.conditioners.params import ConcatParams
from rcmvae_plugins.conditioners.rows import over_places


class Concat(nn.Module):
    """[h; W e + b]."""

    units: int

    @nn.compact
    def __call__(self, h: Float[Array, "*h"], e: Float[Array, "*e"]) -> Float[Array, "*out"]:
        """Append a map of embeddings e [*lead', E] to features h [*lead, *spatial, F], at every place."""
        rows = over_places(Dense(self.units, name="embedding")(e), h)
        shape = jnp.broadcast_shapes(h.shape[:-1], rows.shape[:-1])
        both = [jnp.broadcast_to(part, (*shape, part.shape[-1])) for part in (h, rows)]
        return jnp.concatenate(both, axis=-1)


def concat(params: ConcatParams, context: Context) -> Net:
    """Append a linear map of the embedding to the features: h' = [h; W e + b].

    W e is computed on the rows of e alone: K of them, not B·K, when e is [1, K, E].

    Args:
        params: units of W e.
        context: unused.

    Returns:
        A Net over h [*lead, *spatial, F] and e [*lead', E], whose leading axes broadcast, to F + units features.
    """
    del context
    return from_linen(Concat(params.units))
