"""A Gaussian likelihood whose standard deviation depends on the input."""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, Key

from rcmvae_core.nets import Dense, from_linen
from rcmvae_core.protocols import Context, Head
from rcmvae_plugins.heads.params import HeteroscedasticParams
from rcmvae_plugins.heads.projection import Projection, inverse_softplus, rows


class HeteroscedasticLikelihood(NamedTuple):
    """A mean for each pixel, and a sigma: [B, M] for each image, or [B, M, *x] for each pixel."""

    mean: Float[Array, "B M *x"]
    sigma: Float[Array, "B M *s"]


class HeteroscedasticNet(nn.Module):
    """The mean through a sigmoid; σ = clip(σ_min + softplus(s), σ_min, σ_max), s linear in the features.

    At first s is the same for all features, so that σ is `sigma_start`.
    """

    shape: tuple[int, ...]
    params: HeteroscedasticParams

    @nn.compact
    def __call__(self, features: Float[Array, "B M *f"]) -> HeteroscedasticLikelihood:
        """Features to a likelihood."""
        mean = jax.nn.sigmoid(Projection(self.shape, name="mean")(features))
        low, high = self.params.sigma_min, self.params.sigma_max
        return HeteroscedasticLikelihood(
            mean, jnp.clip(low + jax.nn.softplus(self._raw(features)), low, high)
        )

    def _raw(self, features: Float[Array, "B M *f"]) -> Float[Array, "B M *s"]:
        """One s for each pixel, or one for each image, of the mean of its features over places."""
        start = nn.initializers.constant(inverse_softplus(self.params.sigma_start - self.params.sigma_min))
        still = nn.initializers.zeros
        if self.params.scale == "pixel":
            return Projection(self.shape, kernel_init=still, bias_init=start, name="raw_sigma")(features)
        places = tuple(range(2, features.ndim - 1))
        linear = Dense(1, kernel_init=still, bias_init=start, name="raw_sigma")
        return linear(features.mean(axis=places))[..., 0]


def mean_of(likelihood: HeteroscedasticLikelihood) -> Float[Array, "B M *x"]:
    """E[x] = μ."""
    return likelihood.mean


def sample(likelihood: HeteroscedasticLikelihood, key: Key[Array, ""]) -> Float[Array, "B M *x"]:
    """Draw x = μ + σ ε, which may leave [0, 1]."""
    mean, sigma = likelihood
    sigma = sigma.reshape(*sigma.shape, *[1] * (mean.ndim - sigma.ndim))
    return mean + sigma * jax.random.normal(key, mean.shape, mean.dtype)


def blend(likelihood: HeteroscedasticLikelihood, weights: Float[Array, "B M"]) -> HeteroscedasticLikelihood:
    """The Gaussian with the weighted means of the parameters, Σ_m w_m μ_m and Σ_m w_m σ_m; M = 1.

    Its variance is not that of the mixture, which by the law of total variance also holds how far the means
    lie apart: one reconstruction is meant here, the mean of the channels', and not a choice among them.
    """

    def average(values: Float[Array, "B m *v"]) -> Float[Array, "B 1 *v"]:
        share = weights.reshape(*weights.shape, *[1] * (values.ndim - 2))
        return jnp.sum(share * values, axis=1, keepdims=True)

    return HeteroscedasticLikelihood(average(likelihood.mean), average(likelihood.sigma))


def _weigh_gradient(value: Float[Array, "*any"], factor: Float[Array, "*any"]) -> Float[Array, "*any"]:
    """`value`, whose gradient is multiplied by `factor`."""
    still = jax.lax.stop_gradient(value)
    return still + jax.lax.stop_gradient(factor) * (value - still)


def heteroscedastic(params: HeteroscedasticParams, context: Context) -> Head:
    """-log p(x|h) = ‖x - μ‖² / (2σ²) + P log σ + (P/2) log 2π, in nats; with a σ for each pixel, their sum.

    With `log_sigma = "per_image"` the mean of log σ over pixels takes the place of P log σ. Beside a summed
    error that is no likelihood, and drives σ to its upper bound.

    With β > 0 the gradient of each -log p (of each pixel's, where σ is) is multiplied by σ^{2β}, its value is
    not: at β = 1 the mean's gradient is that of a squared error, at 0 that of the likelihood.

    Args:
        params: the range of σ, its granularity, and the two options above.
        context: shape of an input.

    Returns:
        A Head for features [B, M, F] or [B, M, H, W, F]; its likelihood has `sigma`.

    Source: M. Seitzer et al., "On the Pitfalls of Heteroscedastic Uncertainty Estimation with Probabilistic
    Neural Networks", 2022 (β).
    """
    pixels = math.prod(context.input_shape)
    counted = 1 if params.log_sigma == "per_pixel" else 1 / pixels

    def negative_log_likelihood(
        likelihood: HeteroscedasticLikelihood, x: Float[Array, "B *x"], weights: Float[Array, "B M"]
    ) -> Float[Array, "B m"]:
        del weights
        error = (rows(x, 1)[:, None] - rows(likelihood.mean, 2)) ** 2
        sigma, each = rows(likelihood.sigma, 2), 1
        if params.scale == "image":
            error, each = jnp.sum(error, axis=-1, keepdims=True), pixels
        terms = error / (2 * sigma**2) + each * (counted * jnp.log(sigma) + 0.5 * math.log(2 * math.pi))
        if params.beta > 0:
            terms = _weigh_gradient(terms, sigma ** (2 * params.beta))
        return jnp.sum(terms, axis=-1)

    def at_bound(likelihood: HeteroscedasticLikelihood) -> Float[Array, "B M"]:
        sigma = rows(likelihood.sigma, 2)
        return jnp.mean((sigma <= params.sigma_min) | (sigma >= params.sigma_max), axis=-1)

    net = from_linen(HeteroscedasticNet(context.input_shape, params))
    return Head(net.init, net.apply, negative_log_likelihood, mean_of, sample, blend, at_bound)
