"""Builds a Gaussian likelihood with one standard deviation."""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.flax_adapters import from_linen
from rcmvae_core.plugin.missing import Observed, observed
from rcmvae_core.plugin.protocols import BuildContext, Head
from rcmvae_plugins.heads._projection import Projection, inverse_softplus, rows
from rcmvae_plugins.heads.params import GaussianParams


class GaussianLikelihood(NamedTuple):
    """A mean for each pixel, and one sigma [1, 1]."""

    mean: Float[Array, "B M *x"]
    sigma: Float[Array, "1 1"]


class GaussianNet(nn.Module):
    """The mean through a sigmoid; sigma constant, or sigma_min + softplus(s) with a learned s."""

    shape: tuple[int, ...]
    params: GaussianParams

    @nn.compact
    def __call__(self, features: Float[Array, "B M *f"]) -> GaussianLikelihood:
        """Map features to a likelihood."""
        mean = jax.nn.sigmoid(Projection(self.shape, name="mean")(features))
        return GaussianLikelihood(mean, jnp.reshape(self._sigma(), (1, 1)))

    def _sigma(self) -> Float[Array, ""]:
        low, start = self.params.sigma_min, self.params.sigma
        if self.params.mode != "learned":
            return jnp.float32(start)
        raw = self.param("raw_sigma", nn.initializers.constant(inverse_softplus(start - low)), ())
        return low + jax.nn.softplus(raw)


def _squared_error(likelihood: GaussianLikelihood, x: Observed) -> Float[Array, "B m"]:
    return x.sum((rows(x.values, 1)[:, None] - rows(likelihood.mean, 2)) ** 2)


def optimal_sigma(
    error: Float[Array, "B m"],
    weights: Float[Array, "B M"],
    pixels: int | Float[Array, "B 1"],
    low: float,
) -> Float[Array, "1 1"]:
    """Return the sigma that minimises Σ_b Σ_m w_bm (-log p): σ² = Σ_b Σ_m w_bm ‖x_b - μ_bm‖² / (P Σ_b Σ_m w_bm).

    Args:
        error: squared errors summed over pixels; a single column applies to every channel.
        weights: of the decoded channels.
        pixels: P, or how many of them were observed.
        low: the lower bound of sigma.

    Returns:
        Sigma [1, 1], without a gradient: at the minimum the derivative with respect to sigma is zero.
    """
    if isinstance(pixels, int):
        count = pixels * jnp.sum(weights)
    else:  # a batch may have no value at all
        count = jnp.maximum(jnp.sum(pixels * weights), jnp.finfo(error.dtype).tiny)
    variance = jnp.sum(weights * error) / count
    return jax.lax.stop_gradient(jnp.sqrt(jnp.maximum(variance, low**2))).reshape(1, 1)


def mean_of(likelihood: GaussianLikelihood) -> Float[Array, "B M *x"]:
    """Return E[x] = μ."""
    return likelihood.mean


def sample(likelihood: GaussianLikelihood, key: Key[Array, ""]) -> Float[Array, "B M *x"]:
    """Draw x = μ + σ ε, which may lie outside [0, 1]."""
    mean = likelihood.mean
    sigma = jnp.reshape(likelihood.sigma, (1,) * mean.ndim)
    return mean + sigma * jax.random.normal(key, mean.shape, mean.dtype)


def blend(likelihood: GaussianLikelihood, weights: Float[Array, "B M"]) -> GaussianLikelihood:
    """Return a Gaussian with the weighted mean Σ_m w_m μ_m and the same sigma; M = 1."""
    mean = likelihood.mean
    share = weights.reshape(*weights.shape, *[1] * (mean.ndim - 2))
    return GaussianLikelihood(jnp.sum(share * mean, axis=1, keepdims=True), likelihood.sigma)


def gaussian(params: GaussianParams, context: BuildContext) -> Head:
    """Model pixels as N(μ, σ²), μ = sigmoid(W h + b): -log p = ‖x - μ‖² / (2σ²) + P log σ + (P/2) log 2π, in nats.

    With `optimal`, every call uses the σ of its own batch, in training and in evaluation, so an evaluation depends
    slightly on how its inputs are batched. Sampling has no batch to fit and uses the parameter `sigma`.

    Args:
        params: how σ is obtained.
        context: the input shape.

    Returns:
        A Head for features [B, M, F] or [B, M, H, W, F].

    Source: O. Rybkin, K. Daniilidis, S. Levine, "Simple and Effective VAE Training with Calibrated Decoders",
    2021 (`optimal`).
    """
    pixels = math.prod(context.input_shape)

    def negative_log_likelihood(
        likelihood: GaussianLikelihood, x: Float[Array, "B *x"], weights: Float[Array, "B M"]
    ) -> Float[Array, "B m"]:
        values = observed(x, context)
        count = values.counts() if context.missing else pixels
        error, sigma = _squared_error(likelihood, values), likelihood.sigma
        if params.mode == "optimal":
            sigma = optimal_sigma(error, weights, count, params.sigma_min)
        return error / (2 * sigma**2) + count * (jnp.log(sigma) + 0.5 * math.log(2 * math.pi))

    net = from_linen(GaussianNet(context.input_shape, params))
    return Head(net.init, net.apply, negative_log_likelihood, mean_of, sample, blend)
