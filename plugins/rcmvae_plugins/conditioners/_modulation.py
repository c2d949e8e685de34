"""Scales and shifts features by linear maps of the embedding, for `film` and `cin`."""

from __future__ import annotations

from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.plugin.flax_adapters import Dense
from rcmvae_plugins.conditioners._broadcast import over_places


def modulate(h: Float[Array, "*h"], e: Float[Array, "*e"]) -> Float[Array, "*out"]:
    """Return (1 + γ(e)) ⊙ h + β(e), with γ and β linear in e and initially zero.

    The calling Flax module owns the parameters, under `gamma` and `beta`.

    Args:
        h: features [*lead, *spatial, F].
        e: embeddings [*lead', E]; γ and β are computed on these rows only.

    Returns:
        Features of the broadcast shape of both leading axes, [*lead'', *spatial, F].
    """

    def linear(name: str) -> Float[Array, "*row"]:
        return over_places(Dense(h.shape[-1], kernel_init=nn.initializers.zeros, name=name)(e), h)

    return (1 + linear("gamma")) * h + linear("beta")
