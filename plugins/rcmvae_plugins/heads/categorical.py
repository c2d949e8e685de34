"""Builds a categorical likelihood over levels."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.scipy.special import logsumexp
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.flax_adapters import from_linen
from rcmvae_core.plugin.missing import Observed, observed
from rcmvae_core.plugin.protocols import BuildContext, Head
from rcmvae_plugins.heads._projection import Projection, rows
from rcmvae_plugins.heads.params import CategoricalParams


class CategoricalLikelihood(NamedTuple):
    """The logits of the levels of each pixel or feature, up to a constant."""

    logits: Float[Array, "B M *x"]


class CategoricalNet(nn.Module):
    """Logits of L levels for each value of x, linear in the features."""

    shape: tuple[int, ...]
    levels: int

    @nn.compact
    def __call__(self, features: Float[Array, "B M *f"]) -> CategoricalLikelihood:
        """Map features to a likelihood."""
        wide = (*self.shape[:-1], self.shape[-1] * self.levels)
        logits = Projection(wide, name="logits")(features)
        return CategoricalLikelihood(logits.reshape(*features.shape[:2], *self.shape, self.levels))


def sample(likelihood: CategoricalLikelihood, key: Key[Array, ""]) -> Float[Array, "B M *x"]:
    """Draw a level of each pixel."""
    logits = likelihood.logits
    return jax.random.categorical(key, logits).astype(logits.dtype) / (logits.shape[-1] - 1)


def mean(likelihood: CategoricalLikelihood) -> Float[Array, "B M *x"]:
    """Return E[x] = Σ_l p_l l / (L - 1)."""
    return jax.nn.softmax(likelihood.logits) @ jnp.linspace(0.0, 1.0, likelihood.logits.shape[-1])


def blend(likelihood: CategoricalLikelihood, weights: Float[Array, "B M"]) -> CategoricalLikelihood:
    """Return the logits log Σ_m w_m p_m of the mixture, M = 1; a weight of zero stops the gradient."""
    log_p = jax.nn.log_softmax(likelihood.logits)
    share = jnp.broadcast_to(weights, (log_p.shape[0], weights.shape[1]))
    share = share.reshape(*share.shape, *[1] * (log_p.ndim - 2))
    return CategoricalLikelihood(logsumexp(log_p, axis=1, b=share, keepdims=True))


def negative_log_likelihood(
    likelihood: CategoricalLikelihood, x: Float[Array, "B *x"], weights: Float[Array, "B M"]
) -> Float[Array, "B m"]:
    """Return -log p(x) = -Σ_P log softmax(l)[round(x (L - 1))], in nats.

    Args:
        likelihood: logits [B, m, *x, L].
        x: inputs; what is outside [0, 1] counts as the nearer of 0 and 1.
        weights: unused.

    Returns:
        [B, m].

    Example:
        >>> likelihood = CategoricalLikelihood(jnp.zeros((1, 1, 2, 4)))
        >>> round(float(negative_log_likelihood(likelihood, jnp.ones((1, 2)), jnp.ones((1, 1)))[0, 0]), 4)
        2.7726
    """
    del weights
    return _nll(likelihood, Observed(x))


def _nll(likelihood: CategoricalLikelihood, x: Observed) -> Float[Array, "B m"]:
    levels = likelihood.logits.shape[-1]
    index = jnp.round(jnp.clip(x.values, 0.0, 1.0) * (levels - 1)).astype(jnp.int32)
    log_p = jax.nn.log_softmax(likelihood.logits)
    own = jnp.take_along_axis(log_p, index[:, None, ..., None], axis=-1)
    return -x.sum(rows(own, 2))


def categorical(params: CategoricalParams, context: BuildContext) -> Head:
    """Model the level of each pixel as Categorical(softmax(W h + b)), with L levels from 0 to 1.

    The likelihood is that of x rounded to the nearest level, l / (L - 1): exact for data of no more levels, such as 17 for
    the digits of scikit-learn, and coarser for others.

    Args:
        params: the number of levels.
        context: the input shape.

    Returns:
        A Head for features [B, M, F] or [B, M, H, W, F].

    Source: A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu, "Pixel Recurrent Neural Networks", 2016.
    """
    net = from_linen(CategoricalNet(context.input_shape, params.levels))

    def nll(
        likelihood: CategoricalLikelihood, x: Float[Array, "B *x"], weights: Float[Array, "B M"]
    ) -> Float[Array, "B m"]:
        del weights
        return _nll(likelihood, observed(x, context))

    return Head(net.init, net.apply, nll, mean, sample, blend)
