"""Builds a Bernoulli likelihood."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.scipy.special import logsumexp
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.flax_adapters import from_linen
from rcmvae_core.plugin.missing import Observed, observed
from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import BuildContext, Head
from rcmvae_plugins.heads._projection import Projection, rows

_NATS_PER_UNIT = 16.0


class BernoulliLikelihood(NamedTuple):
    """The logit of each pixel's probability."""

    logits: Float[Array, "B M *x"]


def negative_log_likelihood(
    likelihood: BernoulliLikelihood, x: Float[Array, "B *x"], weights: Float[Array, "B M"]
) -> Float[Array, "B m"]:
    """Return -log p(x) = Σ_P [max(l, 0) - x l + log(1 + exp(-|l|))], in nats, for logits l [B, m, *x].

    A value outside [0, 1] is impossible: it counts as the nearer of 0 and 1, plus 16 nats for each unit of distance,
    which is -log 2⁻²³, the smallest difference from 1 in float32.

    Args:
        likelihood: logits [B, m, *x].
        x: inputs in [0, 1]; for grey values this is the cross-entropy, not a normalised density.
        weights: unused.

    Returns:
        [B, m], finite for any finite logits.

    Example:
        >>> likelihood = BernoulliLikelihood(jnp.zeros((1, 1, 2)))
        >>> float(negative_log_likelihood(likelihood, jnp.ones((1, 2)), jnp.ones((1, 1)))[0, 0])
        1.3862943649291992
    """
    del weights
    return _nll(likelihood, Observed(x))


def _nll(likelihood: BernoulliLikelihood, x: Observed) -> Float[Array, "B m"]:
    inside = jnp.clip(x.values, 0, 1)
    logits, target = rows(likelihood.logits, 2), rows(inside, 1)[:, None]
    # One condition for both terms: the derivatives of max and abs at zero in JAX do not add up to 1/2.
    positive = logits > 0
    tail = jnp.log1p(jnp.exp(jnp.where(positive, -logits, logits)))
    entropies = jnp.where(positive, logits, 0) - target * logits + tail
    distance = jnp.abs(rows(x.values - inside, 1)).sum(axis=-1, keepdims=True)
    return x.sum(entropies) + _NATS_PER_UNIT * distance


def mean(likelihood: BernoulliLikelihood) -> Float[Array, "B M *x"]:
    """Return E[x] = σ(l)."""
    return jax.nn.sigmoid(likelihood.logits)


def sample(likelihood: BernoulliLikelihood, key: Key[Array, ""]) -> Float[Array, "B M *x"]:
    """Draw pixels that are 0 or 1."""
    return jax.random.bernoulli(key, mean(likelihood)).astype(likelihood.logits.dtype)


def blend(likelihood: BernoulliLikelihood, weights: Float[Array, "B M"]) -> BernoulliLikelihood:
    """Return the logits of the weighted mean p̄ = Σ_m w_m σ(l_m).

    They are log p̄ - log(1 - p̄), both in log space, so that they stay finite where p̄ rounds to 0 or 1.

    Args:
        likelihood: logits [B, m, *x], m = M or 1.
        weights: [B, M], rows that sum to one; a weight of zero stops the gradient.

    Returns:
        Logits [B, 1, *x].
    """
    logits = likelihood.logits
    share = jnp.broadcast_to(weights, (logits.shape[0], weights.shape[1]))
    share = share.reshape(*share.shape, *[1] * (logits.ndim - 2))
    log_p = logsumexp(jax.nn.log_sigmoid(logits), axis=1, b=share, keepdims=True)
    log_not_p = logsumexp(jax.nn.log_sigmoid(-logits), axis=1, b=share, keepdims=True)
    return BernoulliLikelihood(log_p - log_not_p)


def bernoulli(params: NoParams, context: BuildContext) -> Head:
    """Model each pixel as p(x|h) = Bernoulli(σ(W h + b)).

    Args:
        params: none.
        context: the input shape.

    Returns:
        A Head for features [B, M, F] or [B, M, H, W, F].
    """
    del params
    net = from_linen(Projection(context.input_shape))

    def apply(params: dict[str, object], features: Float[Array, "B M *f"]) -> BernoulliLikelihood:
        return BernoulliLikelihood(net.apply(params, features))

    def nll(
        likelihood: BernoulliLikelihood, x: Float[Array, "B *x"], weights: Float[Array, "B M"]
    ) -> Float[Array, "B m"]:
        del weights
        return _nll(likelihood, observed(x, context))

    return Head(net.init, apply, nll, mean, sample, blend)
