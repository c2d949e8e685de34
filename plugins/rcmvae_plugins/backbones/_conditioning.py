"""Applies the conditioner to a layer, for the backbones of this family."""

from __future__ import annotations

from flax import linen as nn
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import Net, Params


def condition(
    module: nn.Module, name: str, conditioner: Net, h: Float[Array, "*h"], e: Float[Array, "*e"]
) -> Float[Array, "*out"]:
    """Apply a conditioner, with the parameters that a Flax module owns under a name.

    Args:
        module: the module that is being called.
        name: of the parameters, different for each layer.
        conditioner: a Net over (h, e).
        h: features of the layer.
        e: embeddings.

    Returns:
        Conditioned features, of the shape that the conditioner returns.
    """

    def init(key: Key[Array, ""]) -> Params:
        return conditioner.init(key, h, e)

    return conditioner.apply(module.param(name, init), h, e)
