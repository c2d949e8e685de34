"""Builds negative binomial likelihoods, with and without a probability of zero of its own."""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.flax_adapters import from_linen
from rcmvae_core.plugin.missing import observed
from rcmvae_core.plugin.protocols import BuildContext, Head
from rcmvae_plugins.heads._count_terms import negative_binomial_nll
from rcmvae_plugins.heads._counts import (
    LARGEST_DRAW,
    CountNet,
    Dispersion,
    Sizes,
    log_means,
    weighted_log_mean,
)
from rcmvae_plugins.heads._projection import Projection, rows
from rcmvae_plugins.heads.params import NegativeBinomialParams


class NegativeBinomialLikelihood(NamedTuple):
    """The parameters of the counts.

    Args:
        log_share: the logarithm of each feature's share, or of its mean where the size is 1.
        log_theta: log θ, the inverse dispersion.
        zero: the logit of π, the probability of a zero that is not counted; None without one.
        log_size: the logarithm of the size.
    """

    log_share: Float[Array, "B M *x"]
    log_theta: Float[Array, "b m *t"]
    zero: Float[Array, "B M *x"] | None
    log_size: Float[Array, "b 1"]


class NegativeBinomialNet(nn.Module):
    """Shares, θ, and the logits of zeros, each linear in the features."""

    shape: tuple[int, ...]
    params: NegativeBinomialParams
    is_inflated: bool

    @nn.compact
    def __call__(self, features: Float[Array, "B M *f"]) -> NegativeBinomialLikelihood:
        """Map features to a likelihood of size 1."""
        return NegativeBinomialLikelihood(
            CountNet(self.shape, self.params.size, name="share")(features),
            Dispersion(self.shape, self.params, name="dispersion")(features),
            Projection(self.shape, name="zero")(features) if self.is_inflated else None,
            jnp.zeros((1, 1)),
        )


def _blend(
    likelihood: NegativeBinomialLikelihood, weights: Float[Array, "B M"]
) -> NegativeBinomialLikelihood:
    """Return the likelihood whose mean is that of the mixture; log θ and π are weighted means, M = 1."""
    log_share, log_theta, zero, _ = likelihood
    if log_theta.shape[1] > 1:
        share = weights.reshape(*weights.shape, *[1] * (log_theta.ndim - 2))
        log_theta = jnp.sum(share * log_theta, axis=1, keepdims=True)
    if zero is None:
        return likelihood._replace(log_share=weighted_log_mean(log_share, weights), log_theta=log_theta)
    log_counted = weighted_log_mean(jax.nn.log_sigmoid(-zero), weights)
    # The mean is (1 - π) m: that of the mixture over 1 - π of the mixture.
    log_mean = weighted_log_mean(log_share + jax.nn.log_sigmoid(-zero), weights) - log_counted
    blended = weighted_log_mean(jax.nn.log_sigmoid(zero), weights) - log_counted
    return likelihood._replace(log_share=log_mean, log_theta=log_theta, zero=blended)


def _build(params: NegativeBinomialParams, context: BuildContext, *, is_inflated: bool) -> Head:
    sizes = Sizes.of(context, params.size)
    net = from_linen(NegativeBinomialNet(context.input_shape, params, is_inflated))
    low, high = math.log(params.theta_min), math.log(params.theta_max)

    def apply(weights: dict[str, object], features: Float[Array, "B M *f"]) -> NegativeBinomialLikelihood:
        return net.apply(weights, features)._replace(log_size=sizes.log_total())

    def observe(
        likelihood: NegativeBinomialLikelihood, x: Float[Array, "B *x"]
    ) -> NegativeBinomialLikelihood:
        return likelihood._replace(log_size=sizes.log_size(sizes.counts(x)))

    def negative_log_likelihood(
        likelihood: NegativeBinomialLikelihood, x: Float[Array, "B *x"], weights: Float[Array, "B M"]
    ) -> Float[Array, "B m"]:
        del weights
        values = observed(x, context)
        counts = sizes.counts(values.values)
        log_mean = rows(log_means(likelihood.log_share, sizes.log_size(counts)), 2)
        full = (*likelihood.log_theta.shape[:2], *context.input_shape)
        log_theta = rows(jnp.broadcast_to(likelihood.log_theta, full), 2)
        counts = rows(counts, 1)[:, None]
        terms = negative_binomial_nll(counts, log_mean, log_theta)
        if likelihood.zero is not None:
            terms = _with_zeros(terms, counts, rows(likelihood.zero, 2))
        return values.sum(terms)

    def mean(likelihood: NegativeBinomialLikelihood) -> Float[Array, "B M *x"]:
        log_mean = log_means(likelihood.log_share, likelihood.log_size)
        if likelihood.zero is not None:
            log_mean = log_mean + jax.nn.log_sigmoid(-likelihood.zero)
        return sizes.units.scaled(jnp.exp(log_mean))

    def sample(likelihood: NegativeBinomialLikelihood, key: Key[Array, ""]) -> Float[Array, "B M *x"]:
        gamma_key, count_key, zero_key = jax.random.split(key, 3)
        log_mean = log_means(likelihood.log_share, likelihood.log_size)
        log_theta = jnp.broadcast_to(likelihood.log_theta, log_mean.shape)
        # In logarithms, because draws of a small θ are smaller than any float.
        log_rate = jax.random.loggamma(gamma_key, jnp.exp(log_theta)) + log_mean - log_theta
        rate = jnp.minimum(jnp.exp(jnp.minimum(log_rate, 60.0)), LARGEST_DRAW)
        counts = jax.random.poisson(count_key, rate).astype(rate.dtype)
        if likelihood.zero is not None:
            is_zero = jax.random.bernoulli(zero_key, jax.nn.sigmoid(likelihood.zero))
            counts = jnp.where(is_zero, 0.0, counts)
        return sizes.units.scaled(counts)

    def at_bound(likelihood: NegativeBinomialLikelihood) -> Float[Array, "b m"]:
        log_theta = rows(likelihood.log_theta, 2)
        return jnp.mean((log_theta <= low) | (log_theta >= high), axis=-1)

    return Head(net.init, apply, negative_log_likelihood, mean, sample, _blend, at_bound, observe)


def _with_zeros(
    terms: Float[Array, "B m P"], counts: Float[Array, "B 1 P"], zero: Float[Array, "B m P"]
) -> Float[Array, "B m P"]:
    """Return -log[π 1(v = 0) + (1 - π) NB(v)].

    Args:
        terms: -log NB(v).
        counts: v; below a half it is zero, because x is rounded.
        zero: the logits of π.
    """
    log_zero, log_counted = jax.nn.log_sigmoid(zero), jax.nn.log_sigmoid(-zero)
    of_zero = -jnp.logaddexp(log_zero, log_counted - terms)
    return jnp.where(counts < 0.5, of_zero, terms - log_counted)  # noqa: PLR2004 - halfway to one


def negative_binomial(params: NegativeBinomialParams, context: BuildContext) -> Head:
    """Model counts v as NB(m = s ρ, θ), whose variance is m + m²/θ, in nats.

    -log p = Σ_P [log Γ(θ) + log Γ(v + 1) - log Γ(v + θ) + θ log((θ + m)/θ) + v log((θ + m)/m)]. The size s and the
    shares ρ are those of the head `poisson`, to which this tends for a large θ.

    Args:
        params: what s is, and what θ depends on.
        context: the input shape, and the units by which counts are read from x.

    Returns:
        A Head for features [B, M, F] or [B, M, H, W, F].

    Source: R. Lopez et al., "Deep generative modeling for single-cell transcriptomics", 2018.
    """
    return _build(params, context, is_inflated=False)


def zero_inflated_negative_binomial(params: NegativeBinomialParams, context: BuildContext) -> Head:
    """Model counts v as zero with the probability π, and else as NB(m, θ), in nats.

    -log p = Σ_P -log[π 1(v = 0) + (1 - π) NB(v | m, θ)], with π = sigmoid(W h + b) for each feature: a zero of which the
    mean says nothing, such as a molecule that was not captured.

    Args:
        params: those of the head `negative_binomial`.
        context: the input shape, and the units by which counts are read from x.

    Returns:
        A Head for features [B, M, F] or [B, M, H, W, F].

    Source: R. Lopez et al., "Deep generative modeling for single-cell transcriptomics", 2018.
    """
    return _build(params, context, is_inflated=True)
