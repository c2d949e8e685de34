"""Builds a loss on the shape of the aggregate posterior: the maximum mean discrepancy from the prior."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import BuildContext, LossInputs, LossTerm
from rcmvae_plugins.losses._distances import squared_distances
from rcmvae_plugins.losses.params import MmdParams

Points = Float[Array, "k B D"]
Kernel = Callable[[Points, Points], Float[Array, "k B B"]]


def mmd(params: MmdParams, context: BuildContext) -> LossTerm:
    """Estimate MMD² without bias between the latents of the batch and as many samples of the prior.

    For one channel, with latents z_i weighted by w_i = q(c|x_i) / Σ_j q(c|x_j), samples y_i and F = 1 - Σ_i w_i²:
    Σ_{i≠j} w_i w_j k(z_i, z_j) + F / (B (B-1)) Σ_{i≠j} k(y_i, y_j) - 2 F / B Σ_{i,j} w_i k(z_i, y_j),
    which is F times an unbiased estimate of MMD² and can be negative. F is zero if all weight is on a single input,
    which gives no estimate. Channels are weighted by their share of the batch. In the `shared` layout there is one such
    value with w_i = 1/B, and the samples are from Σ_c π_c p(z|c).

    k is the mean over the bandwidths h of exp(-u) or 1 / (1 + u), where u = |a - b|² / (2 D h²).

    The weights have no gradient: the term moves latents, not the choice of channels. The value is below 2, whereas a
    reconstruction has about a hundred nats.

    Args:
        params: the kernel and its bandwidths.
        context: the layout.

    Returns:
        A LossTerm [B], dimensionless and the same for every example.

    Source: A. Gretton et al., "A Kernel Two-Sample Test", JMLR 2012; I. Tolstikhin et al., "Wasserstein
    Auto-Encoders", ICLR 2018.
    """
    kernel = _kernel(params)

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        sample_key, channel_key, latent_key = jax.random.split(inputs.key, 3)
        count = inputs.x.shape[0]
        latents, samples = _latents(inputs, context, latent_key), inputs.sample(sample_key, count)
        weights = jax.lax.stop_gradient(inputs.forward.responsibilities)
        if context.layout == "shared":
            samples = _mixture_samples(samples, inputs, channel_key)
            weights = jnp.ones((count, 1))
        by_channel = _unbiased(kernel, jnp.swapaxes(latents, 0, 1), jnp.swapaxes(samples, 0, 1), weights.T)
        return jnp.broadcast_to((weights.mean(axis=0) * by_channel).sum(), (count,))

    return term


def _kernel(params: MmdParams) -> Kernel:
    """Return the mean of kernels of several bandwidths."""
    scales = 2 * jnp.asarray(params.bandwidths, jnp.float32) ** 2

    def kernel(a: Points, b: Points) -> Float[Array, "k B B"]:
        u = squared_distances(a, b)[..., None] / scales
        return (jnp.exp(-u) if params.kernel == "rbf" else 1 / (1 + u)).mean(axis=-1)

    return kernel


def _latents(inputs: LossInputs, context: BuildContext, key: Key[Array, ""]) -> Float[Array, "B k D"]:
    """Return a latent of every posterior: the decoded ones, or new samples if gating decoded only some channels.

    Args:
        inputs: of the loss term.
        context: the number of posteriors.
        key: of new samples.
    """
    if inputs.forward.selection.channels is None or context.posteriors == 1:
        return inputs.forward.latents
    mean, log_var = inputs.forward.encoder_output.mean, inputs.forward.encoder_output.log_var
    return mean + jnp.exp(log_var / 2) * jax.random.normal(key, mean.shape)


def _mixture_samples(
    samples: Float[Array, "B K D"], inputs: LossInputs, key: Key[Array, ""]
) -> Float[Array, "B 1 D"]:
    """Draw from Σ_c π_c p(z|c) by choosing a channel per row.

    Args:
        samples: a sample of each p(z|c).
        inputs: of the loss term.
        key: of the choice.
    """
    log_pi = jnp.where(inputs.active, inputs.forward.log_pi, -jnp.inf)
    channels = jax.random.categorical(key, log_pi, shape=samples.shape[:1])
    return jnp.take_along_axis(samples, channels[:, None, None], axis=1)


def _unbiased(kernel: Kernel, z: Points, y: Points, weights: Float[Array, "k B"]) -> Float[Array, " k"]:
    """Return F times the unbiased estimate for each channel; 0 for a channel without weight.

    Args:
        kernel: k.
        z: latents.
        y: samples of the prior.
        weights: of the latents, not normalised.
    """
    count = z.shape[1]
    total = weights.sum(axis=1, keepdims=True)
    w = weights / jnp.where(total > 0, total, 1)
    off_diagonal = 1 - jnp.eye(count)
    within = jnp.einsum("ki,kij,kj->k", w, kernel(z, z) * off_diagonal, w)
    prior = (kernel(y, y) * off_diagonal).sum(axis=(1, 2)) / max(count * (count - 1), 1)
    across = jnp.einsum("ki,kij->k", w, kernel(z, y)) / count
    factor = jnp.einsum("ki,ij,kj->k", w, off_diagonal, w)
    return within + factor * (prior - 2 * across)
