"""Builds feature-wise linear modulation (FiLM)."""

from __future__ import annotations

from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.plugin.flax_adapters import from_linen
from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import BuildContext, Net
from rcmvae_plugins.conditioners._modulation import modulate


class Film(nn.Module):
    """(1 + γ(e)) ⊙ h + β(e), with γ and β linear in e and initially zero."""

    @nn.compact
    def __call__(self, h: Float[Array, "*h"], e: Float[Array, "*e"]) -> Float[Array, "*out"]:
        """Modulate features h [*lead, *spatial, F] by embeddings e [*lead', E]."""
        return modulate(h, e)


def film(params: NoParams, context: BuildContext) -> Net:
    """Scale and shift features: h' = (1 + γ(e)) ⊙ h + β(e).

    γ and β are initially zero, so the decoder starts unconditioned; different embeddings break the symmetry.
    They are computed on the rows of e only: K rows instead of B·K if e is [1, K, E].

    Args:
        params: none.
        context: unused.

    Returns:
        A Net from h [*lead, *spatial, F] and e [*lead', E], whose leading axes broadcast, to features like h.

    Source: E. Perez et al., "FiLM: Visual Reasoning with a General Conditioning Layer", 2018.
    """
    del params, context
    return from_linen(Film())
