"""The KL of the continuous latents."""

from __future__ import annotations

from jaxtyping import Array, Float

from rcmvae_core.protocols import Context, LossInputs, LossTerm
from rcmvae_plugins.losses.params import KlLatentParams


def kl_latent(params: KlLatentParams, context: Context) -> LossTerm:
    """`expected`: Σ_c q(c|x) KL_c, the exact ELBO; `sum`: Σ_c KL_c, which keeps unused channels at the prior.

    One shared latent has one KL, and `expected` is that KL; where the prior tells channels apart it is
    Σ_c q(c|x) KL(q(z|x) || p(z|c)).

    Args:
        params: which of the two.
        context: unused.

    Returns:
        A LossTerm [B], in nats.
    """
    del context

    def expected(inputs: LossInputs) -> Float[Array, " B"]:
        return (inputs.forward.responsibilities * inputs.forward.kl).sum(axis=-1)

    def summed(inputs: LossInputs) -> Float[Array, " B"]:
        return inputs.forward.kl.sum(axis=-1)

    return expected if params.reduce == "expected" else summed
