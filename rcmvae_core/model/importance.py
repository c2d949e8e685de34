"""Estimates log p(x) by importance sampling of the channel and the latent."""

from __future__ import annotations

import math
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from rcmvae_core.model.build import ModelParts
from rcmvae_core.model.forward import decode_selected, infer, log_pi, sample_latents
from rcmvae_core.plugin.protocols import Params


def log_weights(
    parts: ModelParts,
    params: Params,
    x: Float[Array, "B *x"],
    *,
    active: Bool[Array, " K"],
    key: Key[Array, ""],
    samples: int,
) -> Float[Array, "B I"]:
    """Compute log p(x, z, c) - log q(z, c|x) for samples of q(z, c|x) = q(c|x) q(z|x, c).

    The log of the mean of the weights over I samples is a lower bound of log p(x) in expectation, which rises to it with
    I, and is the ELBO for I = 1.

    Args:
        parts: the model's parts; the prior has `log_prob`.
        params: their parameters.
        x: the batch, in [0, 1].
        active: channels that are unlocked.
        key: of the samples.
        samples: I.

    Returns:
        The log weights, in nats.

    Source: Y. Burda, R. Grosse, R. Salakhutdinov, "Importance Weighted Autoencoders", 2016.
    """
    log_prob = parts.prior.log_prob
    if log_prob is None:
        raise ValueError("the prior has no density p(z|c)")
    posterior, log_q = infer(parts, params, x, active)
    log_p = log_pi(parts, params, active)
    rows, encode = jnp.arange(len(x)), partial(parts.encoder.apply, params["encoder"])

    def weigh(key: Key[Array, ""]) -> Float[Array, " B"]:
        channel_key, latent_key = jax.random.split(key)
        channels = jax.random.categorical(channel_key, log_q)
        own = channels % posterior.mean.shape[1]  # all channels may share one posterior
        mean, log_var = posterior.mean[rows, own], posterior.log_var[rows, own]
        z = sample_latents(posterior._replace(mean=mean[:, None], log_var=log_var[:, None]), latent_key)
        log_q_z = -0.5 * jnp.sum(
            (z[:, 0] - mean) ** 2 * jnp.exp(-log_var) + log_var + math.log(2 * math.pi), axis=1
        )
        likelihood = decode_selected(parts, params, z, channels[:, None])
        nll = parts.head.negative_log_likelihood(likelihood, x, jnp.ones((len(x), 1)))[:, 0]
        log_p_z = log_prob(params["prior"], z, encode=encode)[rows, channels]
        return log_p[channels] + log_p_z - nll - log_q[rows, channels] - log_q_z

    # A loop, not a vmap: all decoded samples at once may not fit the device.
    return jax.lax.map(weigh, jax.random.split(key, samples)).T
