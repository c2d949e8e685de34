"""Builds the three terms of the negative ELBO."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import BuildContext, LossInputs, LossTerm
from rcmvae_plugins.losses._categorical import divergence
from rcmvae_plugins.losses.params import KlLatentParams, ReconstructionParams


def reconstruction(params: ReconstructionParams, context: BuildContext) -> LossTerm:
    """Build Σ_m s_m · (-log p(x|z_m, m)) (`expected`), or -log p(x | Σ_m s_m · reconstruction_m) (`blended`).

    By Jensen's inequality the blended value is at most the expected one, for Bernoulli heads and for Gaussian heads
    with the same σ in every channel; it is not a term of an ELBO.

    Args:
        params: the mode.
        context: unused.

    Returns:
        A LossTerm [B], in nats.
    """
    del context

    def expected(inputs: LossInputs) -> Float[Array, " B"]:
        return (inputs.forward.selection.weights * inputs.forward.nll).sum(axis=-1)

    def blended(inputs: LossInputs) -> Float[Array, " B"]:
        return inputs.forward.blended_nll

    return expected if params.mode == "expected" else blended


def kl_latent(params: KlLatentParams, context: BuildContext) -> LossTerm:
    """Build Σ_c q(c|x) KL_c (`expected`, the term of the ELBO), or Σ_c KL_c (`sum`), which keeps unused channels at the prior.

    A shared latent has one KL, which is also the expected one, or with a prior that depends on the channel
    Σ_c q(c|x) KL(q(z|x) || p(z|c)). The sum runs over the unlocked channels.

    Args:
        params: the reduction.
        context: unused.

    Returns:
        A LossTerm [B], in nats; locked channels have no gradient.
    """
    del context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        forward = inputs.forward
        kl = forward.kl
        if kl.shape[-1] == inputs.active.shape[0]:  # a single column is the KL of a shared latent
            kl = jnp.where(inputs.active, kl, 0)
        return (forward.responsibilities * kl if params.reduce == "expected" else kl).sum(axis=-1)

    return term


def kl_channel(params: NoParams, context: BuildContext) -> LossTerm:
    """Build KL(q(c|x) || π) = Σ_c q(c|x) (log q(c|x) - log π_c), with 0 · log 0 = 0.

    π is renormalised over the unlocked channels, so that the minimum, at q = π, is zero.

    Args:
        params: none.
        context: unused.

    Returns:
        A LossTerm [B], in nats; locked channels have no gradient.
    """
    del params, context

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        forward = inputs.forward
        log_q = forward.log_responsibilities
        return divergence(forward.responsibilities, log_q, jnp.broadcast_to(forward.log_pi, log_q.shape))

    return term
