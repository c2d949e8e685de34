"""Builds a Poisson likelihood."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.flax_adapters import from_linen
from rcmvae_core.plugin.missing import observed
from rcmvae_core.plugin.protocols import BuildContext, Head
from rcmvae_plugins.heads._count_terms import poisson_nll
from rcmvae_plugins.heads._counts import LARGEST_DRAW, CountNet, Sizes, log_means, weighted_log_mean
from rcmvae_plugins.heads._projection import rows
from rcmvae_plugins.heads.params import PoissonParams


class PoissonLikelihood(NamedTuple):
    """The logarithm of each feature's share, or of its mean where the size is 1, and the logarithm of the size."""

    log_share: Float[Array, "B M *x"]
    log_size: Float[Array, "b 1"]


def poisson(params: PoissonParams, context: BuildContext) -> Head:
    """Model counts v as Poisson(s ρ): -log p = Σ_P [s ρ - v log(s ρ) + log v!], in nats.

    With `size = "input"`, s is the sum of the counts of the input and ρ = softmax(W h + b): channels and latents say what
    was counted, and not how much. Means and samples of no input have the mean sum of the training inputs. With
    `size = "none"`, s = 1 and ρ = exp(W h + b).

    Args:
        params: what s is.
        context: the input shape, and the units by which counts are read from x.

    Returns:
        A Head for features [B, M, F] or [B, M, H, W, F].
    """
    sizes = Sizes.of(context, params.size)
    net = from_linen(CountNet(context.input_shape, params.size))

    def apply(weights: dict[str, object], features: Float[Array, "B M *f"]) -> PoissonLikelihood:
        return PoissonLikelihood(net.apply(weights, features), sizes.log_total())

    def observe(likelihood: PoissonLikelihood, x: Float[Array, "B *x"]) -> PoissonLikelihood:
        return likelihood._replace(log_size=sizes.log_size(sizes.counts(x)))

    def negative_log_likelihood(
        likelihood: PoissonLikelihood, x: Float[Array, "B *x"], weights: Float[Array, "B M"]
    ) -> Float[Array, "B m"]:
        del weights
        values = observed(x, context)
        counts = sizes.counts(values.values)
        log_mean = rows(log_means(likelihood.log_share, sizes.log_size(counts)), 2)
        return values.sum(poisson_nll(rows(counts, 1)[:, None], log_mean))

    def mean(likelihood: PoissonLikelihood) -> Float[Array, "B M *x"]:
        return sizes.units.scaled(jnp.exp(log_means(*likelihood)))

    def sample(likelihood: PoissonLikelihood, key: Key[Array, ""]) -> Float[Array, "B M *x"]:
        rate = jnp.minimum(jnp.exp(log_means(*likelihood)), LARGEST_DRAW)
        return sizes.units.scaled(jax.random.poisson(key, rate).astype(rate.dtype))

    def blend(likelihood: PoissonLikelihood, weights: Float[Array, "B M"]) -> PoissonLikelihood:
        return likelihood._replace(log_share=weighted_log_mean(likelihood.log_share, weights))

    return Head(net.init, apply, negative_log_likelihood, mean, sample, blend, observe=observe)
