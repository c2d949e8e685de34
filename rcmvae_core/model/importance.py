"""Estimates log p(x) by importance sampling of the channel and the latent."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from rcmvae_core.model.build import ModelParts
from rcmvae_core.model.forward import decode_selected, infer, log_pi, sample_latents
from rcmvae_core.plugin.protocols import Likelihood, Params


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

    def draw(key: Key[Array, ""]) -> tuple[Float[Array, " B"], Likelihood]:
        channel_key, latent_key = jax.random.split(key)
        channels = jax.random.categorical(channel_key, log_q)
        own = channels % posterior.mean.shape[1]  # all channels may share one posterior
        mean, log_var = posterior.mean[rows, own], posterior.log_var[rows, own]
        z = sample_latents(posterior._replace(mean=mean[:, None], log_var=log_var[:, None]), latent_key)
        log_q_z = -0.5 * jnp.sum(
            (z[:, 0] - mean) ** 2 * jnp.exp(-log_var) + log_var + math.log(2 * math.pi), axis=1
        )
        likelihood = decode_selected(parts, params, z, channels[:, None], x)
        nll = parts.head.negative_log_likelihood(likelihood, x, jnp.ones((len(x), 1)))[:, 0]
        log_p_z = log_prob(params["prior"], z, encode=encode)[rows, channels]
        return log_p[channels] + log_p_z - nll - log_q[rows, channels] - log_q_z, likelihood

    return draw
