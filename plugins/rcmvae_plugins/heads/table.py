"""Builds a likelihood of a table, of each column by its type."""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.flax_adapters import from_linen
from rcmvae_core.plugin.missing import Observed, observed
from rcmvae_core.plugin.protocols import BuildContext, Head
from rcmvae_plugins.heads._count_terms import poisson_nll
from rcmvae_plugins.heads._counts import LARGEST_DRAW, weighted_log_mean
from rcmvae_plugins.heads._levels import LevelNet, group_mean, group_nll, group_sample
from rcmvae_plugins.heads._projection import Projection
from rcmvae_plugins.heads._table_layout import Singles, TableLayout
from rcmvae_plugins.heads.params import TableParams

_LARGEST_LOG = 60.0
"""The logarithm beyond which a mean is cut, so that it stays finite in float32."""
_SMALLEST_QUOTIENT = 1e-6
"""Replaces a positive value that is smaller, or not positive, in units of its column's geometric mean."""
_HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)


class TableLikelihood(NamedTuple):
    """The likelihood of each column, in the order of the layout.

    Args:
        mean: of numbers, in the range of x.
        log_mean: the mean of the logarithm of positive numbers.
        log_rate: the logarithm of the mean of counts.
        log_p: of the levels of each group.
        log_sigma: of numbers and of logarithms of positive numbers, in units of their spread in training.
    """

    mean: Float[Array, "B M n"]
    log_mean: Float[Array, "B M p"]
    log_rate: Float[Array, "B M c"]
    log_p: tuple[Float[Array, "B M g L"], ...]
    log_sigma: Float[Array, "1 1 s"]


class TableNet(nn.Module):
    """A linear map to the parameters of each column, and one sigma for each number."""

    layout: TableLayout
    params: TableParams

    @nn.compact
    def __call__(self, features: Float[Array, "B M F"]) -> TableLikelihood:
        """Map features to likelihoods, which begin as those of the training values."""
        layout = self.layout
        singles = (layout.numbers, layout.positives, layout.counts)
        sizes = [len(each.features) for each in singles] + [group.outputs for group in layout.groups]
        outputs = Projection((sum(sizes),), name="outputs")(features)
        parts = jnp.split(outputs, np.cumsum(sizes)[:-1].tolist(), axis=-1)
        mean, log_mean, log_rate = (
            _row(each.center) + _row(each.spread) * part
            for each, part in zip(singles, parts[:3], strict=True)
        )
        log_p = tuple(
            LevelNet(group, name=f"{group.type}_{group.size}")(part)
            for group, part in zip(layout.groups, parts[3:], strict=True)
        )
        log_sigma, count = jnp.zeros((1, 1, 0)), sizes[0] + sizes[1]
        if count:
            start = nn.initializers.constant(math.log(self.params.sigma_start))
            raw = self.param("log_sigma", start, (count,))[None, None]
            log_sigma = jnp.maximum(raw, math.log(self.params.sigma_min))
        return TableLikelihood(mean, log_mean, log_rate, log_p, log_sigma)


def _row(values: tuple[float, ...]) -> Float[Array, " n"]:
    return jnp.asarray(values, jnp.float32)


def table(params: TableParams, context: BuildContext) -> Head:
    """Model each column of a table by its type, in nats; -log p(x) is the sum over the columns.

    - number, date: Normal(x | m, σ s), with the spread s of x in training; a density of x.
    - positive: log-normal, Normal(log v | m, σ s) / v; a density of v in units of the geometric mean of the column.
    - count: Poisson(v | λ), λ = exp(W h + b).
    - ordinal: P(v <= level l) = sigmoid(t_l - η) with cuts t_1 < t_2 < ... of the column, η = w h + b.
    - category: softmax(W h + b) over its values; of two values sigmoid(w h + b), as for whether a value is missing.

    Each column has one learned σ. A column begins as a likelihood of its training values, whatever its units.

    Args:
        params: bounds of σ.
        context: what the features are, and the units by which values are read from x.

    Returns:
        A Head for features [B, M, F].

    Source: A. Nazábal et al., "Handling Incomplete Heterogeneous Data using VAEs", 2020.
    """
    layout = TableLayout.of(context)
    net = from_linen(TableNet(layout, params))
    units, numbers, positives = layout.units, layout.numbers, layout.positives
    is_number = np.isin(np.arange(*context.input_shape), numbers.features)

    def sigmas(likelihood: TableLikelihood) -> tuple[Float[Array, "1 1 n"], Float[Array, "1 1 p"]]:
        sigma = jnp.exp(likelihood.log_sigma) * _row((*numbers.spread, *positives.spread))
        return sigma[..., : len(numbers.features)], sigma[..., len(numbers.features) :]

    def negative_log_likelihood(
        likelihood: TableLikelihood, x: Float[Array, "B F"], weights: Float[Array, "B M"]
    ) -> Float[Array, "B m"]:
        del weights
        scaled = observed(x, context)
        values = scaled._replace(values=units.values(scaled.values))
        of_number, of_positive = sigmas(likelihood)
        own, of_counts = _own(scaled, numbers), _own(values, layout.counts)
        nll = own.sum(_normal(own.values[:, None], likelihood.mean, of_number))
        own = _own(values, positives)
        quotient = own.values[:, None] * jnp.exp(-_row(positives.center))
        log_quotient = jnp.log(jnp.maximum(quotient, _SMALLEST_QUOTIENT))
        log_mean = likelihood.log_mean - _row(positives.center)
        nll += own.sum(_normal(log_quotient, log_mean, of_positive) + log_quotient)
        counts = jnp.maximum(of_counts.values[:, None], 0.0)
        nll += of_counts.sum(poisson_nll(counts, jnp.minimum(likelihood.log_rate, _LARGEST_LOG)))
        for group, log_p in zip(layout.groups, likelihood.log_p, strict=True):
            nll += group_nll(group, log_p, values)
        return nll

    def assemble(mean: Float[Array, "B M n"], *values: Float[Array, "B M _"]) -> Float[Array, "B M F"]:
        """Return x of numbers, and of the values of other features, in the order of the features."""
        scaled = units.scaled(jnp.concatenate([jnp.zeros_like(mean), *values], axis=-1)[..., layout.inverse])
        others = [jnp.zeros_like(each) for each in values]
        return jnp.where(is_number, jnp.concatenate([mean, *others], axis=-1)[..., layout.inverse], scaled)

    def mean(likelihood: TableLikelihood) -> Float[Array, "B M F"]:
        of_positive = sigmas(likelihood)[1]
        positive = jnp.exp(jnp.minimum(likelihood.log_mean + jnp.square(of_positive) / 2, _LARGEST_LOG))
        count = jnp.exp(jnp.minimum(likelihood.log_rate, _LARGEST_LOG))
        levels = (group_mean(*each) for each in zip(layout.groups, likelihood.log_p, strict=True))
        return assemble(likelihood.mean, positive, count, *levels)

    def sample(likelihood: TableLikelihood, key: Key[Array, ""]) -> Float[Array, "B M F"]:
        number_key, positive_key, count_key, *keys = jax.random.split(key, 3 + len(layout.groups))
        of_number, of_positive = sigmas(likelihood)
        number = likelihood.mean + of_number * jax.random.normal(number_key, likelihood.mean.shape)
        noise = jax.random.normal(positive_key, likelihood.log_mean.shape)
        positive = jnp.exp(jnp.minimum(likelihood.log_mean + of_positive * noise, _LARGEST_LOG))
        rate = jnp.minimum(jnp.exp(jnp.minimum(likelihood.log_rate, _LARGEST_LOG)), LARGEST_DRAW)
        count = jax.random.poisson(count_key, rate).astype(rate.dtype)
        groups = zip(layout.groups, likelihood.log_p, keys, strict=True)
        return assemble(number, positive, count, *(group_sample(*each) for each in groups))

    def blend(likelihood: TableLikelihood, weights: Float[Array, "B M"]) -> TableLikelihood:
        return TableLikelihood(
            jnp.sum(weights[..., None] * likelihood.mean, axis=1, keepdims=True),
            weighted_log_mean(likelihood.log_mean, weights),
            weighted_log_mean(likelihood.log_rate, weights),
            tuple(weighted_log_mean(log_p, weights) for log_p in likelihood.log_p),
            likelihood.log_sigma,
        )

    def at_bound(likelihood: TableLikelihood) -> Float[Array, "b m"]:
        is_low = likelihood.log_sigma <= math.log(params.sigma_min)
        return is_low.sum(axis=-1) / max(1, is_low.shape[-1])

    return Head(net.init, net.apply, negative_log_likelihood, mean, sample, blend, at_bound)


def _own(values: Observed, columns: Singles) -> Observed:
    return values.take(np.array(columns.features, np.int64))


def _normal(
    values: Float[Array, "B 1 n"], mean: Float[Array, "B m n"], sigma: Float[Array, "1 1 n"]
) -> Float[Array, "B m n"]:
    """Return -log Normal(v | m, σ)."""
    return jnp.square((values - mean) / sigma) / 2 + jnp.log(sigma) + _HALF_LOG_TWO_PI
