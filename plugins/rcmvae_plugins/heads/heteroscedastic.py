"""Builds a Gaussian likelihood whose standard deviation depends on the features."""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.flax_adapters import Dense, from_linen
from rcmvae_core.plugin.missing import observed
from rcmvae_core.plugin.protocols import BuildContext, Head
from rcmvae_plugins.heads._projection import Projection, inverse_softplus, rows
from rcmvae_plugins.heads.params import HeteroscedasticParams


class HeteroscedasticLikelihood(NamedTuple):
    """A mean for each pixel, and a sigma for each image [B, M] or for each pixel [B, M, *x]."""

    mean: Float[Array, "B M *x"]
    sigma: Float[Array, "B M *s"]


class HeteroscedasticNet(nn.Module):
    """The mean through a sigmoid; σ = clip(σ_min + softplus(s), σ_min, σ_max), s linear in the features.

    Initially s does not depend on the features, and σ is `sigma_start`.
    """

    shape: tuple[int, ...]
    params: HeteroscedasticParams

    @nn.compact
    def __call__(self, features: Float[Array, "B M *f"]) -> HeteroscedasticLikelihood:
        """Map features to a likelihood."""
        mean = jax.nn.sigmoid(Projection(self.shape, name="mean")(features))
        low, high = self.params.sigma_min, self.params.sigma_max
        return HeteroscedasticLikelihood(
            mean, jnp.clip(low + jax.nn.softplus(self._raw(features)), low, high)
        )

    def _raw(self, features: Float[Array, "B M *f"]) -> Float[Array, "B M *s"]:
        """Return s for each pixel, or for each image from the mean of its features over places."""
        start = nn.initializers.constant(inverse_softplus(self.params.sigma_start - self.params.sigma_min))
        zeros = nn.initializers.zeros
        if self.params.scale == "pixel":
            return Projection(self.shape, kernel_init=zeros, bias_init=start, name="raw_sigma")(features)
        places = tuple(range(2, features.ndim - 1))
        linear = Dense(1, kernel_init=zeros, bias_init=start, name="raw_sigma")
        return linear(features.mean(axis=places))[..., 0]


def mean_of(likelihood: HeteroscedasticLikelihood) -> Float[Array, "B M *x"]:
    """Return E[x] = μ."""
    return likelihood.mean


def sample(likelihood: HeteroscedasticLikelihood, key: Key[Array, ""]) -> Float[Array, "B M *x"]:
    """Draw x = μ + σ ε, which may lie outside [0, 1]."""
    mean, sigma = likelihood
    sigma = sigma.reshape(*sigma.shape, *[1] * (mean.ndim - sigma.ndim))
    return mean + sigma * jax.random.normal(key, mean.shape, mean.dtype)


def blend(likelihood: HeteroscedasticLikelihood, weights: Float[Array, "B M"]) -> HeteroscedasticLikelihood:
    """Return the Gaussian with the weighted means of the parameters, Σ_m w_m μ_m and Σ_m w_m σ_m; M = 1.

    Its variance is not that of the mixture, which by the law of total variance includes the spread of the means:
    the result is one reconstruction, the mean of those of the channels, and not a choice among them.
    """

    def average(values: Float[Array, "B m *v"]) -> Float[Array, "B 1 *v"]:
        share = weights.reshape(*weights.shape, *[1] * (values.ndim - 2))
        return jnp.sum(share * values, axis=1, keepdims=True)

    return HeteroscedasticLikelihood(average(likelihood.mean), average(likelihood.sigma))


def _weigh_gradient(value: Float[Array, "*any"], factor: Float[Array, "*any"]) -> Float[Array, "*any"]:
    """Return `value`, with its gradient multiplied by `factor`."""
    constant = jax.lax.stop_gradient(value)
    return constant + jax.lax.stop_gradient(factor) * (value - constant)


def heteroscedastic(params: HeteroscedasticParams, context: BuildContext) -> Head:
    """Model pixels as N(μ, σ²) with a predicted σ: -log p = ‖x - μ‖² / (2σ²) + P log σ + (P/2) log 2π, in nats.

    With a σ for each pixel, -log p is the sum of these terms over pixels.

    With `log_sigma = "per_image"`, the mean of log σ over pixels replaces P log σ. As the error is still summed, this
    is not a likelihood, and it drives σ to its upper bound.

    With β > 0, the gradient of each -log p (that of each pixel if it has its own σ) is multiplied by σ^{2β}, but its
    value is not: with β = 1 the mean has the gradient of a squared error, with β = 0 that of the likelihood.

    Args:
        params: the range of σ, its granularity, and the two options above.
        context: the input shape.

    Returns:
        A Head for features [B, M, F] or [B, M, H, W, F]; its likelihood has `sigma`.

    Source: M. Seitzer et al., "On the Pitfalls of Heteroscedastic Uncertainty Estimation with Probabilistic
    Neural Networks", 2022 (β).
    """
    whole = math.prod(context.input_shape)

    def negative_log_likelihood(
        likelihood: HeteroscedasticLikelihood, x: Float[Array, "B *x"], weights: Float[Array, "B M"]
    ) -> Float[Array, "B m"]:
        del weights
        values = observed(x, context)
        error = (rows(values.values, 1)[:, None] - rows(likelihood.mean, 2)) ** 2
        sigma, each = rows(likelihood.sigma, 2), 1
        pixels = jnp.maximum(values.counts(), 1)[..., None] if context.missing else whole
        counted = 1 if params.log_sigma == "per_pixel" else 1 / pixels
        if params.scale == "image":
            error = values.sum(error)[..., None]
            each = values.counts()[..., None] if context.missing else whole
        terms = error / (2 * sigma**2) + each * (counted * jnp.log(sigma) + 0.5 * math.log(2 * math.pi))
        if params.beta > 0:
            terms = _weigh_gradient(terms, sigma ** (2 * params.beta))
        return terms.sum(axis=-1) if params.scale == "image" else values.sum(terms)

    def at_bound(likelihood: HeteroscedasticLikelihood) -> Float[Array, "B M"]:
        sigma = rows(likelihood.sigma, 2)
        return jnp.mean((sigma <= params.sigma_min) | (sigma >= params.sigma_max), axis=-1)

    net = from_linen(HeteroscedasticNet(context.input_shape, params))
    return Head(net.init, net.apply, negative_log_likelihood, mean_of, sample, blend, at_bound)
