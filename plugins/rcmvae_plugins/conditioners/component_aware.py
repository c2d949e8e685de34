"""Features and embedding each through a path of its own, then joined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.nets import Dense, from_linen
from rcmvae_core.protocols import Context, Net
from rcmvae_plugins.conditioners.params import ComponentAwareParams
from rcmvae_plugins.conditioners.rows import over_places


class ComponentAware(nn.Module):
    """J_h act(W_h h + b_h) + J_e act(W_e e + b_e) + b."""

    units: int
    activation: Callable[[Any], Any]

    @nn.compact
    def __call__(self, h: Float[Array, "*h"], e: Float[Array, "*e"]) -> Float[Array, "*out"]:
        """Join features h [*lead, *spatial, F] and embeddings e [*lead', E]."""
        features = h.shape[-1]
        latent = self.activation(Dense(features, name="latent")(h))
        component = self.activation(Dense(self.units, name="component")(e))
        joined = Dense(features, use_bias=False, name="join_latent")(latent)
        return joined + over_places(Dense(features, name="join_component")(component), h)


def component_aware(params: ComponentAwareParams, context: Context) -> Net:
    """Join two paths: h' = J_h activation(W_h h + b_h) + J_e activation(W_e e + b_e) + b, of as many features as h.

    That is J [activation(W_h h + b_h); activation(W_e e + b_e)] + b with J = [J_h, J_e], the linear map of both
    paths side by side, but each half meets J before leading axes broadcast: the embedding's path costs K rows,
    not B·K, when e is [1, K, E].

    Args:
        params: units of the embedding's path, and the activation of both.
        context: unused.

    Returns:
        A Net over h [*lead, *spatial, F] and e [*lead', E], whose leading axes broadcast.
    """
    del context
    return from_linen(ComponentAware(params.units, getattr(jax.nn, params.activation)))
