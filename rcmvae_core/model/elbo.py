"""Computes the evidence lower bound for posteriors other than the encoder's."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key

from rcmvae_core.model.build import ModelParts
from rcmvae_core.model.forward import forward_from_encoder, masked_log_softmax
from rcmvae_core.plugin.protocols import EncoderOutput, Params, RoutingContext


def elbo(
    parts: ModelParts,
    params: Params,
    x: Float[Array, "B *x"],
    posterior: EncoderOutput,
    *,
    step: Int[Array, ""],
    active: Bool[Array, " K"],
    key: Key[Array, ""],
) -> Float[Array, " B"]:
    """Compute Σ_m s_m log p(x|z_m, m) - Σ_c q(c) KL(q(z_c) || p(z|c)) - KL(q(c) || p(c)), for one sample of the latents.

    s are the weights of the routing without noise, which are q(c) unless channels are gated. The last term is left out where
    that of the latents includes it.

    Args:
        parts: the model's parts.
        params: their parameters.
        x: the batch, in [0, 1].
        posterior: q(c), by its logits, and q(z_c).
        step: steps done before this one.
        active: channels that are unlocked.
        key: of the latents.

    Returns:
        The bound of each input, in nats.
    """
    context = RoutingContext(active, step, None, jnp.ones(()), jnp.zeros((), bool))
    log_q = masked_log_softmax(posterior.logits, active)
    forward = forward_from_encoder(
        parts, params, x, posterior, log_q, context=context, key=key, routing_noise=False
    )
    q = forward.responsibilities
    kl = (q * forward.kl).sum(axis=1)
    if not parts.kl_includes_channel:
        # log q of a locked channel is finite, so that its term is 0 and not NaN.
        kl += (q * (log_q - forward.log_pi)).sum(axis=1)
    return -(forward.selection.weights * forward.nll).sum(axis=1) - kl
