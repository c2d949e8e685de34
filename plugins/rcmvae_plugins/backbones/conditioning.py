"""The conditioner on a layer, which backbones of this family share."""

from __future__ import annotations

from flax import linen as nn
from jaxtyping import Array, Float, Key

from rcmvae_core.protocols import Net, Params


def condition(
    module: nn.Module, name: str, conditioner: Net, h: Float[Array, "*h"], e: Float[Array, "*e"]
) -> Float[Array, "*out"]:
    """Apply a conditioner, whose parameters in this layer are the module's under `name`."""

    def init(key: Key[Array, ""]) -> Params:
        return conditioner.init(key, h, e)

    return conditioner.apply(module.param(name, init), h, e)
