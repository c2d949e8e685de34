"""The scale and shift that `film` and `cin` share."""

from __future__ import annotations

from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.nets import Dense
from rcmvae_plugins.conditioners.rows import over_places


def modulate(h: Float[Array, "*h"], e: Float[Array, "*e"]) -> Float[Array, "*out"]:
    """(1 + γ(e)) ⊙ h + β(e), made in the module that calls; γ and β are linear in e and zero at first.

    Args:
        h: features [*lead, *spatial, F].
        e: embeddings [*lead', E]; γ and β are computed on these rows alone.
    """

    def linear(name: str) -> Float[Array, "*row"]:
        return over_places(Dense(h.shape[-1], kernel_init=nn.initializers.zeros, name=name)(e), h)

    return (1 + linear("gamma")) * h + linear("beta")
