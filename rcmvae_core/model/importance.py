"""Estimates log p(x) by importance sampling of the channel and the latent."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jax.nn import logsumexp
from jaxtyping import Array, Bool, Float, Int, Key

from rcmvae_core.model.build import ModelParts
from rcmvae_core.model.forward import decode_selected, infer, log_pi, sample_latents
from rcmvae_core.plugin.protocols import EncoderOutput, Likelihood, Params

_Drawn = tuple[Float[Array, "B 1 D"], Int[Array, " B"], Float[Array, " B"]]
"""The latent, the channel, and log p(z, c) - log q(z, c|x)."""


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

    Under a prior whose KL is that to the mixture over channels, q(c|x) is not trained to explain x: there
    q(z, c|x) = q(z|x) p(c|z), with p(c|z) ∝ p(c) p(z|c).

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
    draw = _make_draw(parts, params, x, active)
    # A loop, not a vmap: all decoded samples at once may not fit the device.
    return jax.lax.map(lambda key: draw(key)[0], jax.random.split(key, samples)).T


def weighted_samples(
    parts: ModelParts,
    params: Params,
    x: Float[Array, "B *x"],
    *,
    active: Bool[Array, " K"],
    key: Key[Array, ""],
    samples: int,
) -> tuple[Float[Array, "I B"], Float[Array, "I B *x"]]:
    """Draw whole inputs from p(x'|z, c) for samples of q(z, c|x), with the log weights of `log_weights`.

    Where x has missing values, p(x|z, c) in the weights is that of the observed ones. Weighted by w / Σ w, the missing
    values of x' then follow p(x_missing|x_observed), as these are independent given z and c.

    Args:
        parts: as of `log_weights`.
        params: as of `log_weights`.
        x: the batch, with NaN for a missing value.
        active: as of `log_weights`.
        key: as of `log_weights`.
        samples: I.

    Returns:
        The log weights, in nats, and the inputs, in the range of x.

    Source: P.-A. Mattei, J. Frellsen, "MIWAE: Deep Generative Modelling and Imputation of Incomplete Data Sets", 2019.
    """
    draw = _make_draw(parts, params, x, active)

    def weigh(key: Key[Array, ""]) -> tuple[Float[Array, " B"], Float[Array, "B *x"]]:
        latent_key, value_key = jax.random.split(key)
        log_weight, likelihood = draw(latent_key)
        return log_weight, parts.head.sample(likelihood, value_key)[:, 0]

    return jax.lax.map(weigh, jax.random.split(key, samples))


def _make_draw(
    parts: ModelParts, params: Params, x: Float[Array, "B *x"], active: Bool[Array, " K"]
) -> Callable[[Key[Array, ""]], tuple[Float[Array, " B"], Likelihood]]:
    """Return a function that draws a channel and a latent, and returns the log weight and p(x|z, c).

    Args:
        parts: the model's parts.
        params: their parameters.
        x: the batch.
        active: channels that are unlocked.
    """
    log_prob = parts.prior.log_prob
    if log_prob is None:
        raise ValueError("the prior has no density p(z|c)")
    posterior, log_q = infer(parts, params, x, active)
    log_p = log_pi(parts, params, active)
    rows, encode = jnp.arange(len(x)), partial(parts.encoder.apply, params["encoder"])

    def draw_first_channel(key: Key[Array, ""]) -> _Drawn:
        channel_key, latent_key = jax.random.split(key)
        channels = jax.random.categorical(channel_key, log_q)
        z, log_q_z = _draw_latents(posterior, channels % posterior.mean.shape[1], latent_key)
        log_p_z = log_prob(params["prior"], z, encode=encode)[rows, channels]
        return z, channels, log_p[channels] + log_p_z - log_q[rows, channels] - log_q_z

    def draw_first_latent(key: Key[Array, ""]) -> _Drawn:
        channel_key, latent_key = jax.random.split(key)
        z, log_q_z = _draw_latents(posterior, jnp.zeros_like(rows), latent_key)
        log_joint = log_p + log_prob(params["prior"], z, encode=encode)
        return z, jax.random.categorical(channel_key, log_joint), logsumexp(log_joint, axis=1) - log_q_z

    def draw(key: Key[Array, ""]) -> tuple[Float[Array, " B"], Likelihood]:
        z, channels, log_ratio = (draw_first_latent if parts.kl_includes_channel else draw_first_channel)(key)
        likelihood = decode_selected(parts, params, z, channels[:, None], x)
        nll = parts.head.negative_log_likelihood(likelihood, x, jnp.ones((len(x), 1)))[:, 0]
        return log_ratio - nll, likelihood

    return draw


def _draw_latents(
    posterior: EncoderOutput, own: Int[Array, " B"], key: Key[Array, ""]
) -> tuple[Float[Array, "B 1 D"], Float[Array, " B"]]:
    """Draw one latent of each input from a posterior of its own, and return its log density too.

    Args:
        posterior: q(z|x, c); all channels may share one.
        own: which posterior of each input.
        key: of the noise.
    """
    rows = jnp.arange(len(own))
    mean, log_var = posterior.mean[rows, own], posterior.log_var[rows, own]
    z = sample_latents(posterior._replace(mean=mean[:, None], log_var=log_var[:, None]), key)
    squares = (z[:, 0] - mean) ** 2 * jnp.exp(-log_var)
    return z, -0.5 * jnp.sum(squares + log_var + math.log(2 * math.pi), axis=1)
