"""Builds a fully connected backbone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.plugin.flax_adapters import Dense, from_linen
from rcmvae_core.plugin.protocols import BuildContext, Net
from rcmvae_plugins.backbones._conditioning import condition
from rcmvae_plugins.backbones.params import DenseParams


class DenseBackbone(nn.Module):
    """Layers that consist of a linear map, the conditioner and the activation function, in this order."""

    hidden: tuple[int, ...]
    activation: Callable[[Any], Any]
    conditioner: Net

    @nn.compact
    def __call__(self, z: Float[Array, "B k D"], e: Float[Array, "b M E"]) -> Float[Array, "B m F"]:
        """Decode latents z, each as the channel whose embedding is at its position in e."""
        h = z
        for index, units in enumerate(self.hidden):
            h = Dense(units, name=f"hidden_{index}")(h)
            h = self.activation(condition(self, f"condition_{index}", self.conditioner, h, e))
        return h


def dense(params: DenseParams, context: BuildContext, conditioner: Net) -> Net:
    """Decode through hidden layers: h_i = activation(conditioner_i(W_i h_{i-1} + b_i, e)), h_0 = z.

    The conditioner comes before the activation function, so that its shift can switch units on and off, and has its
    own parameters in each layer. All channels share the linear maps.

    Args:
        params: hidden layers and their activation function.
        context: unused.
        conditioner: a Net over (h, e).

    Returns:
        A Net from z [B, k, D] and e [1, K, E] or [B, M, E] to features [B, m, F]; m is the broadcast length of k
        and M, and 1 if k is 1 and the conditioner is `none`.
    """
    del context
    return from_linen(
        DenseBackbone(
            hidden=params.hidden, activation=getattr(jax.nn, params.activation), conditioner=conditioner
        )
    )
