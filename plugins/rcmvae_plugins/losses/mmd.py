"""The shape of the aggregate posterior, by maximum mean discrepancy."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.protocols import Context, LossInputs, LossTerm
from rcmvae_plugins.losses.distances import squared_distances
from rcmvae_plugins.losses.params import MmdParams

Points = Float[Array, "k B D"]
Kernel = Callable[[Points, Points], Float[Array, "k B B"]]


def mmd(params: MmdParams, context: Context) -> LossTerm:
    """MMD² between the batch's latents and as many samples of the prior, without bias.

    For one channel, with latents z_i weighted by w_i = q(c|x_i) / Σ_j q(c|x_j), samples y_i and F = 1 - Σ_i w_i²:
    Σ_{i≠j} w_i w_j k(z_i, z_j) + F / (B (B-1)) Σ_{i≠j} k(y_i, y_j) - 2 F / B Σ_{i,j} w_i k(z_i, y_j),
    which is F times an estimate of MMD² without bias; it can be negative. F vanishes where a single input holds
    the channel, about which nothing can be said. Channels count by their share of the batch. With the `shared`
    layout there is one such value, w_i = 1/B, and the samples are of Σ_c π_c p(z|c).

    k averages over the bandwidths h, with u = |a - b|² / (2 D h²): exp(-u), or 1 / (1 + u).

    The weights carry no gradient: the term moves latents, not choices of channels. The value is below 2, beside a
    reconstruction of about a hundred nats.

    Args:
        params: the kernel and its bandwidths.
        context: the layout.

    Returns:
        A LossTerm [B], without a unit and the same for every example.

    Source: A. Gretton et al., "A Kernel Two-Sample Test", JMLR 2012; I. Tolstikhin et al., "Wasserstein
    Auto-Encoders", ICLR 2018.
    """
    kernel = _kernel(params)

    def term(inputs: LossInputs) -> Float[Array, " B"]:
        sample_key, choice_key, latent_key = jax.random.split(inputs.key, 3)
        count = inputs.x.shape[0]
        latents, samples = _latents(inputs, context, latent_key), inputs.sample(sample_key, count)
        weights = jax.lax.stop_gradient(inputs.forward.responsibilities)
        if context.layout == "shared":
            samples = _mix(samples, inputs, choice_key)
            weights = jnp.ones((count, 1))
        by_channel = _unbiased(kernel, jnp.swapaxes(latents, 0, 1), jnp.swapaxes(samples, 0, 1), weights.T)
        return jnp.broadcast_to((weights.mean(axis=0) * by_channel).sum(), (count,))

    return term


def _kernel(params: MmdParams) -> Kernel:
    """The mean of kernels of several widths."""
    scales = 2 * jnp.asarray(params.bandwidths, jnp.float32) ** 2

    def kernel(a: Points, b: Points) -> Float[Array, "k B B"]:
        u = squared_distances(a, b)[..., None] / scales
        return (jnp.exp(-u) if params.kernel == "rbf" else 1 / (1 + u)).mean(axis=-1)

    return kernel


def _latents(inputs: LossInputs, context: Context, key: Key[Array, ""]) -> Float[Array, "B k D"]:
    """Latents of every posterior: those that were decoded, or new ones where gating decoded only some."""
    latents = inputs.forward.latents
    if latents.shape[1] == context.posteriors:
        return latents
    mean, log_var = inputs.forward.inference.mean, inputs.forward.inference.log_var
    return mean + jnp.exp(log_var / 2) * jax.random.normal(key, mean.shape)


def _mix(samples: Float[Array, "B K D"], inputs: LossInputs, key: Key[Array, ""]) -> Float[Array, "B 1 D"]:
    """A sample of Σ_c π_c p(z|c) from each row."""
    log_pi = jnp.where(inputs.active, inputs.forward.log_pi, -jnp.inf)
    channels = jax.random.categorical(key, log_pi, shape=samples.shape[:1])
    return jnp.take_along_axis(samples, channels[:, None, None], axis=1)


def _unbiased(kernel: Kernel, z: Points, y: Points, weights: Float[Array, "k B"]) -> Float[Array, " k"]:
    """F times the estimate, for each channel; zero for a channel without weight."""
    count = z.shape[1]
    total = weights.sum(axis=1, keepdims=True)
    w = weights / jnp.where(total > 0, total, 1)
    apart = 1 - jnp.eye(count)
    within = jnp.einsum("ki,kij,kj->k", w, kernel(z, z) * apart, w)
    prior = (kernel(y, y) * apart).sum(axis=(1, 2)) / max(count * (count - 1), 1)
    across = jnp.einsum("ki,kij->k", w, kernel(z, y)) / count
    share = jnp.einsum("ki,ij,kj->k", w, apart, w)
    return within + share * (prior - 2 * across)
