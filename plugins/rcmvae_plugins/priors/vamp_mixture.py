"""Builds a Bayesian mixture of Gaussians whose means are the encoder's posterior means of pseudo-inputs."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import BuildContext, EncoderOutput, Params, Prior
from rcmvae_plugins.priors._channel_weights import channel_weights
from rcmvae_plugins.priors._normal import kl_between, log_density
from rcmvae_plugins.priors._pseudo_inputs import bounded, start, unbounded
from rcmvae_plugins.priors.params import VampMixtureParams
from rcmvae_plugins.priors.vamp import components


def vamp_mixture(params: VampMixtureParams, context: BuildContext) -> Prior:
    """Build p(c) = π_c, p(z|c) = N(μ(u_c), diag exp(v_c)), with μ(u) the encoder's posterior mean of a pseudo-input u.

    The means follow the encoder, as those of `vamp`; the variances exp(v_c) and the weights π are parameters. The
    channel is that of the model: q(c|x) are the responsibilities, and the KL of a latent is that to each component,

        KL_c = KL(N(m, diag s) || N(μ(u_c), diag exp(v_c))), analytic, with m and s of q(z|x) or of q(z_c|x).

    Weighted by q(c|x), and with KL(q(c|x) || π), it bounds the KL to the mixture over channels, and is equal to it where
    q(c|x) is the posterior of the channel. Alone this gives maximum-likelihood weights and variances; the loss
    `mixture_map` adds the priors of both, of which the sparse one of the weights empties channels.

    Args:
        params: the initial u and v, and the learning rate factor of u.
        context: channels K, latent size D, layout.

    Returns:
        A Prior whose KL is [B, K] in both layouts.

    Source: A. Stirn, D. A. Knowles, "The VampPrior Mixture Model", 2024. There q(c|x) is the exact posterior and the
        parameters of the mixture have closed-form updates; here an encoder infers c, and all parameters have gradients.
    """
    weights = channel_weights("learned", context.channels)

    def init(key: Key[Array, ""], inputs: Float[Array, "n *x"]) -> Params:
        return {
            "pseudo_inputs": unbounded(start(params.init, key, inputs, context.channels)),
            "log_var": jnp.full((context.channels, context.dim), 2 * math.log(params.scale), jnp.float32),
            **weights.init(),
        }

    def kl(
        arrays: Params, encoder_output: EncoderOutput, *, latents: Any, encode: Any, active: Any, key: Any
    ) -> Float[Array, "B K"]:
        del latents, active, key
        return kl_between(encoder_output.mean, encoder_output.log_var, *gaussians(arrays, encode))

    def sample(arrays: Params, key: Key[Array, ""], count: int, *, encode: Any) -> Float[Array, "count K D"]:
        mean, log_var = gaussians(arrays, encode)
        return mean + jnp.exp(log_var / 2) * jax.random.normal(key, (count, *mean.shape))

    def log_prob(arrays: Params, latents: Float[Array, "B k D"], *, encode: Any) -> Float[Array, "B K"]:
        return log_density(latents, *gaussians(arrays, encode))

    def means(arrays: Params, *, encode: Any) -> Float[Array, "K D"]:
        return gaussians(arrays, encode)[0]

    axes = {"pseudo_inputs": 0, "log_var": 0, **weights.channel_axes}
    return Prior(
        init, weights.log_pi, kl, sample, axes, {"pseudo_inputs": params.learning_rate_factor},
        log_prob=log_prob, means=means, pseudo_inputs=lambda arrays: bounded(arrays["pseudo_inputs"]),
    )  # fmt: skip


def gaussians(arrays: Params, encode: Any) -> tuple[Float[Array, "K D"], Float[Array, "K D"]]:
    """Return mean and log variance of each component.

    Args:
        arrays: the parameters of the prior.
        encode: maps inputs to an EncoderOutput.
    """
    return components(arrays["pseudo_inputs"], encode)[0], arrays["log_var"]
