"""Define the conditioner `low_rank`."""

from __future__ import annotations

from flax import linen as nn
from jaxtyping import Array, Float
from rcmvae_core import BuildContext, Dense, Net, from_linen

from rcmvae_neighbours.params import LowRankParams


class LowRank(nn.Module):
    """h + U (a(e) ⊙ V h), with a(e) linear and zero-initialised."""

    rank: int

    @nn.compact
    def __call__(self, h: Float[Array, "*h"], e: Float[Array, "*e"]) -> Float[Array, "*out"]:
        """Condition features h [*lead, *spatial, F] on embeddings e [*lead', E]."""
        scales = Dense(self.rank, kernel_init=nn.initializers.zeros, name="scales")(e)
        scales = scales.reshape(*e.shape[:-1], *(1,) * (h.ndim - e.ndim), self.rank)
        inner = Dense(self.rank, use_bias=False, name="down")(h)
        return h + Dense(h.shape[-1], use_bias=False, name="up")(scales * inner)


def low_rank(params: LowRankParams, context: BuildContext) -> Net:
    """Add a low-rank map of the features, scaled by the channel: h' = h + U (a(e) ⊙ V h).

    V maps F features to r, U maps them back, and a(e) = W e + b starts at zero, so the decoder starts unconditioned.
    All channels share U and V.

    Args:
        params: the rank r.
        context: unused.

    Returns:
        A Net over h [*lead, *spatial, F] and e [*lead', E], whose leading axes broadcast.

    Source: E. J. Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", 2021.
    """
    del context
    return from_linen(LowRank(params.rank))
