"""The variational mixture of posteriors: channels of the prior are the encoder's own posteriors."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from rcmvae_core.protocols import Context, Inference, Params, Prior
from rcmvae_plugins.priors.normal import kl_between, log_density
from rcmvae_plugins.priors.params import VampParams
from rcmvae_plugins.priors.pseudo_inputs import bounded, start, unbounded
from rcmvae_plugins.priors.weights import channel_weights


def vamp(params: VampParams, context: Context) -> Prior:
    """p(z|c) = q(z|u_c), with pseudo-inputs u_c in [0, 1] that are learned.

    One latent for all channels meets the mixture p(z) = Σ_c π_c q(z|u_c), π renormalised over the active ones:

        KL = mean over S samples z ~ q(z|x) of log q(z|x) - log Σ_c π_c q(z|u_c), densities joint over D.

    The first sample is the one that is decoded, so that S = 1 draws nothing; without a key there is no other. The
    estimate is unbiased where latents are draws, and only there: at the means it is an evaluation at one point.
    With a latent for each channel, KL_c = KL(q(z_c|x) || q(z_c|u_c)), analytic.

    u = sigmoid(w), with a learning rate of its own. Its axis over channels is declared, so that the model keeps the
    gradient from a locked channel's u and π.

    Args:
        params: where u starts, its learning rate, S, and whether π is learned.
        context: channels K, layout.

    Returns:
        A Prior whose KL is [B, 1] for one latent, [B, K] for one each.

    Source: J. M. Tomczak, M. Welling, "VAE with a VampPrior", 2018.
    """
    weights, shared = channel_weights(params.pi, context.channels), context.layout == "shared"

    def init(key: Key[Array, ""], inputs: Float[Array, "n *x"]) -> Params:
        return {
            "pseudo_inputs": unbounded(start(params.init, key, inputs, context.channels)),
            **weights.init(),
        }

    def kl(
        arrays: Params,
        inference: Inference,
        *,
        latents: Float[Array, "B m D"],
        encode: Any,
        active: Bool[Array, " K"],
        key: Key[Array, ""] | None,
    ) -> Float[Array, "B k"]:
        mean, log_var = components(arrays["pseudo_inputs"], encode)
        if not shared:
            return kl_between(inference.mean, inference.log_var, mean, log_var)
        own = inference.mean[:, 0], inference.log_var[:, 0]
        z = draws(latents[:, 0], *own, params.samples, key)
        log_p = log_mixture(z, mean, log_var, weights.log_pi(arrays), active)
        return jnp.mean(log_density(z, *own) - log_p, axis=0)[:, None]

    def sample(arrays: Params, key: Key[Array, ""], count: int, *, encode: Any) -> Float[Array, "count K D"]:
        mean, log_var = components(arrays["pseudo_inputs"], encode)
        return mean + jnp.exp(log_var / 2) * jax.random.normal(key, (count, *mean.shape))

    axes = {"pseudo_inputs": 0, **weights.channel_axes}
    return Prior(init, weights.log_pi, kl, sample, axes, {"pseudo_inputs": params.learning_rate_factor})


def components(raw: Float[Array, "K *x"], encode: Any) -> tuple[Float[Array, "K D"], Float[Array, "K D"]]:
    """Mean and log_var of each q(z|u_c); of its own posterior c where an encoder gives one for each channel."""
    inference: Inference = encode(bounded(raw))
    rows = jnp.arange(len(raw))
    own = rows % inference.mean.shape[1]
    return inference.mean[rows, own], inference.log_var[rows, own]


def draws(
    first: Float[Array, "B D"],
    mean: Float[Array, "B D"],
    log_var: Float[Array, "B D"],
    samples: int,
    key: Key[Array, ""] | None,
) -> Float[Array, "S B D"]:
    """Samples of q(z|x) by their noise, so that gradients pass: the given one, and S - 1 more if there is a key."""
    if key is None or samples == 1:
        return first[None]
    noise = jax.random.normal(key, (samples - 1, *mean.shape))
    return jnp.concatenate([first[None], mean + jnp.exp(log_var / 2) * noise])


def log_mixture(
    z: Float[Array, "S B D"],
    mean: Float[Array, "K D"],
    log_var: Float[Array, "K D"],
    log_pi: Float[Array, " K"],
    active: Bool[Array, " K"],
) -> Float[Array, "S B"]:
    """Log of Σ_c π_c N(z; mean_c, diag exp(log_var_c)) over the active channels, π renormalised over them."""

    def total(values: Float[Array, "*lead K"]) -> Float[Array, "*lead"]:
        return jax.nn.logsumexp(jnp.where(active, values, -jnp.inf), axis=-1)

    return total(log_pi + log_density(z[:, :, None], mean, log_var)) - total(log_pi)
