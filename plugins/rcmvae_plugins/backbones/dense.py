"""A fully connected backbone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.nets import Dense, from_linen
from rcmvae_core.protocols import Context, Net
from rcmvae_plugins.backbones.conditioning import condition
from rcmvae_plugins.backbones.params import DenseParams


class DenseBackbone(nn.Module):
    """Layers of a linear map, the conditioner, and the activation, in this order."""

    hidden: tuple[int, ...]
    activation: Callable[[Any], Any]
    conditioner: Net

    @nn.compact
    def __call__(self, z: Float[Array, "B k D"], e: Float[Array, "b M E"]) -> Float[Array, "B m F"]:
        """Decode latents z, each as the channel whose embedding stands in e."""
        h = z
        for index, units in enumerate(self.hidden):
            h = Dense(units, name=f"hidden_{index}")(h)
            h = self.activation(condition(self, f"condition_{index}", self.conditioner, h, e))
        return h


def dense(params: DenseParams, context: Context, conditioner: Net) -> Net:
    """Decode through hidden layers: h_i = activation(conditioner_i(W_i h_{i-1} + b_i, e)), h_0 = z.

    The conditioner acts before the non-linearity, so that its shift can switch units on and off, and has
    parameters of its own in each layer. Linear maps are shared by all channels.

    Args:
        params: hidden layers and their activation.
        context: unused.
        conditioner: a Net over (h, e).

    Returns:
        A Net from z [B, k, D] and e [1, K, E] or [B, M, E] to features [B, m, F]; m is what k and M broadcast
        to, and stays 1 where k is 1 and nothing is conditioned.
    """
    del context
    return from_linen(
        DenseBackbone(
            hidden=params.hidden, activation=getattr(jax.nn, params.activation), conditioner=conditioner
        )
    )
