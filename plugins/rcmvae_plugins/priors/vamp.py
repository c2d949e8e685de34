"""Builds the VampPrior, a mixture of the encoder's posteriors of learned pseudo-inputs."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key

from rcmvae_core.plugin.protocols import BuildContext, EncoderOutput, Params, Prior
from rcmvae_plugins.priors._channel_weights import channel_weights
from rcmvae_plugins.priors._normal import kl_between, log_density
from rcmvae_plugins.priors._pseudo_inputs import bounded, start, unbounded
from rcmvae_plugins.priors.params import VampParams


def vamp(params: VampParams, context: BuildContext) -> Prior:
    """Build p(z|c) = q(z|u_c) with learned pseudo-inputs u_c in [0, 1].

    The prior of a shared latent is the mixture p(z) = Σ_c π_c q(z|u_c), with π renormalised over the active channels:

        KL = mean over S samples z ~ q(z|x) of log q(z|x) - log Σ_c π_c q(z|u_c), densities joint over D.

    The first sample is the decoded latent, so S = 1 draws no others; without a key there are none either. The estimate
    is unbiased only if latents are sampled: for latents at the posterior mean it is the value at that point. With a
    latent for each channel, KL_c = KL(q(z_c|x) || q(z_c|u_c)) is analytic.

    u = sigmoid(w) has its own learning rate factor. Its channel axis is declared, so that the model can mask the
    gradient of a locked channel's u and π.

    Args:
        params: the initial u, its learning rate factor, S, and whether π is learned.
        context: channels K, layout.

    Returns:
        A Prior whose KL is [B, 1] for a shared latent, [B, K] for a latent for each channel.

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
        encoder_output: EncoderOutput,
        *,
        latents: Float[Array, "B m D"],
        encode: Any,
        active: Bool[Array, " K"],
        key: Key[Array, ""] | None,
    ) -> Float[Array, "B k"]:
        mean, log_var = components(arrays["pseudo_inputs"], encode)
        if not shared:
            return kl_between(encoder_output.mean, encoder_output.log_var, mean, log_var)
        own = encoder_output.mean[:, 0], encoder_output.log_var[:, 0]
        z = draws(latents[:, 0], *own, params.samples, key)
        log_p = log_mixture(z, mean, log_var, weights.log_pi(arrays), active)
        return jnp.mean(log_density(z, *own) - log_p, axis=0)[:, None]

    def sample(arrays: Params, key: Key[Array, ""], count: int, *, encode: Any) -> Float[Array, "count K D"]:
        mean, log_var = components(arrays["pseudo_inputs"], encode)
        return mean + jnp.exp(log_var / 2) * jax.random.normal(key, (count, *mean.shape))

    def log_prob(arrays: Params, latents: Float[Array, "B k D"], *, encode: Any) -> Float[Array, "B K"]:
        return log_density(latents, *components(arrays["pseudo_inputs"], encode))

    def means(arrays: Params, *, encode: Any) -> Float[Array, "K D"]:
        return components(arrays["pseudo_inputs"], encode)[0]

    axes = {"pseudo_inputs": 0, **weights.channel_axes}
    return Prior(
        init, weights.log_pi, kl, sample, axes, {"pseudo_inputs": params.learning_rate_factor},
        log_prob=log_prob, means=means, pseudo_inputs=lambda arrays: bounded(arrays["pseudo_inputs"]),
    )  # fmt: skip


def components(raw: Float[Array, "K *x"], encode: Any) -> tuple[Float[Array, "K D"], Float[Array, "K D"]]:
    """Return the posteriors q(z|u_c), each of channel c if the encoder has a posterior for each channel.

    Args:
        raw: pseudo-inputs before `bounded`.
        encode: maps inputs to an EncoderOutput.

    Returns:
        mean and log_var, [K, D] each.
    """
    encoder_output: EncoderOutput = encode(bounded(raw))
    rows = jnp.arange(len(raw))
    own = rows % encoder_output.mean.shape[1]
    return encoder_output.mean[rows, own], encoder_output.log_var[rows, own]


def draws(
    first: Float[Array, "B D"],
    mean: Float[Array, "B D"],
    log_var: Float[Array, "B D"],
    samples: int,
    key: Key[Array, ""] | None,
) -> Float[Array, "S B D"]:
    """Return samples of q(z|x), reparametrised: the first one, and S - 1 more if there is a key.

    Args:
        first: the decoded latent.
        mean: of q(z|x).
        log_var: of q(z|x).
        samples: S.
        key: for the noise; None draws no further samples.

    Returns:
        Samples [S, B, D], or [1, B, D] without a key.
    """
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
    """Return log Σ_c π_c N(z; mean_c, diag exp(log_var_c)) over the active channels, with π renormalised over them.

    Args:
        z: samples of the latent.
        mean: of each component.
        log_var: of each component.
        log_pi: log π of all channels.
        active: which channels are unlocked.

    Returns:
        Log densities [S, B], joint over D.
    """

    def total(values: Float[Array, "*lead K"]) -> Float[Array, "*lead"]:
        return jax.nn.logsumexp(jnp.where(active, values, -jnp.inf), axis=-1)

    return total(log_pi + log_density(z[:, :, None], mean, log_var)) - total(log_pi)
