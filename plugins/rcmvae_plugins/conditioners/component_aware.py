"""Builds conditioning by separate layers for features and embedding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.plugin.flax_adapters import Dense, from_linen
from rcmvae_core.plugin.protocols import BuildContext, Net
from rcmvae_plugins.conditioners._broadcast import over_places
from rcmvae_plugins.conditioners.params import ComponentAwareParams


class ComponentAware(nn.Module):
    """J_h act(W_h h + b_h) + J_e act(W_e e + b_e) + b."""

    units: int
    activation: Callable[[Any], Any]

    @nn.compact
    def __call__(self, h: Float[Array, "*h"], e: Float[Array, "*e"]) -> Float[Array, "*out"]:
        """Combine features h [*lead, *spatial, F] and embeddings e [*lead', E]."""
        features = h.shape[-1]
        latent = self.activation(Dense(features, name="latent")(h))
        component = self.activation(Dense(self.units, name="component")(e))
        joined = Dense(features, use_bias=False, name="join_latent")(latent)
        return joined + over_places(Dense(features, name="join_component")(component), h)


def component_aware(params: ComponentAwareParams, context: BuildContext) -> Net:
    """Add two hidden layers: h' = J_h activation(W_h h + b_h) + J_e activation(W_e e + b_e) + b.

    This equals J [activation(W_h h + b_h); activation(W_e e + b_e)] + b with J = [J_h, J_e], a linear map of the
    concatenated layers, but applies each half of J before leading axes broadcast: the embedding's layer costs K
    rows instead of B·K if e is [1, K, E].

    Args:
        params: hidden units for the embedding, and the activation function of both layers.
        context: unused.

    Returns:
        A Net from h [*lead, *spatial, F] and e [*lead', E], whose leading axes broadcast, to features like h.
    """
    del context
    return from_linen(ComponentAware(params.units, getattr(jax.nn, params.activation)))
