"""The KL of the continuous latents."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.protocols import Context, LossInputs, LossTerm
from rcmvae_plugins.losses.elbo_params import KlLatentParams


def kl_latent(params: KlLatentParams, context: Context) -> LossTerm:
    """`expected`: Σ_c q(c|x) KL_c, the exact ELBO; `sum`: Σ_c KL_c, which keeps unused channels at the prior.

    One shared latent has one KL, and `expected` is that KL; where the prior tells channels apart it is
    Σ_c q(c|x) KL(q(z|x) || p(z|c)). A sum runs over the unlocked channels.

    Args:
        params: which of the two.
        context: unused.

    Returns:
        A LossTerm [B], in nats; a locked channel gets no gradient.
    """
    del context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        forward = inputs.forward
        kl = forward.kl
        if kl.shape[-1] == inputs.active.shape[0]:  # one column is the KL of no single channel
            kl = jnp.where(inputs.active, kl, 0)
        return (forward.responsibilities * kl if params.reduce == "expected" else kl).sum(axis=-1)

    return term
