"""Feature-wise linear modulation."""

from __future__ import annotations

from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.nets import from_linen
from rcmvae_core.params import NoParams
from rcmvae_core.protocols import Context, Net
from rcmvae_plugins.conditioners.modulation import modulate


class Film(nn.Module):
    """(1 + γ(e)) ⊙ h + β(e), with γ and β linear in e and zero at first."""

    @nn.compact
    def __call__(self, h: Float[Array, "*h"], e: Float[Array, "*e"]) -> Float[Array, "*out"]:
        """Modulate features h [*lead, *spatial, F] by embeddings e [*lead', E]."""
        return modulate(h, e)


def film(params: NoParams, context: Context) -> Net:
    """Scale and shift features: h' = (1 + γ(e)) ⊙ h + β(e).

    γ and β start at zero, so the decoder starts unconditioned; differing embeddings break the symmetry.
    They are computed on the rows of e alone: K of them, not B·K, when e is [1, K, E].

    Args:
        params: none.
        context: unused.

    Returns:
        A Net over h [*lead, *spatial, F] and e [*lead', E], whose leading axes broadcast.

    Source: E. Perez et al., "FiLM: Visual Reasoning with a General Conditioning Layer", 2018.
    """
    del params, context
    return from_linen(Film())
