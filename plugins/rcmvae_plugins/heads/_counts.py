"""Maps features to the means of counts, with a size factor, for the heads of counts."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
from flax import linen as nn
from jax.scipy.special import logsumexp
from jaxtyping import Array, Float

from rcmvae_core.plugin.protocols import BuildContext, Units
from rcmvae_plugins.heads._projection import Projection
from rcmvae_plugins.heads.params import NegativeBinomialParams

_LARGEST_LOG = 60.0
"""The logarithm of a mean beyond which it is cut: its exponential, and the products of it, stay finite in float32."""
_SMALLEST_SIZE = 1e-6
"""Replaces the sum of an input without counts."""
LARGEST_DRAW = 1e9
"""The mean beyond which draws are cut, because they are integers of 32 bits."""


class CountNet(nn.Module):
    """The logarithm of each mean without its size: of a softmax over the input, or of each feature for itself."""

    shape: tuple[int, ...]
    size: Literal["input", "none"]

    @nn.compact
    def __call__(self, features: Float[Array, "B M *f"]) -> Float[Array, "B M *x"]:
        """Map features to logarithms."""
        outputs = Projection(self.shape, name="mean")(features)
        if self.size == "none":
            return outputs
        return jax.nn.log_softmax(outputs, axis=tuple(range(2, outputs.ndim)))


class Dispersion(nn.Module):
    """log θ, clipped to its bounds: one for each channel of an image, for each feature, or predicted."""

    shape: tuple[int, ...]
    params: NegativeBinomialParams

    @nn.compact
    def __call__(self, features: Float[Array, "B M *f"]) -> Float[Array, "b m *x"]:
        """Map features to log θ, [B, M, *x] if predicted, else [1, 1, *x] or what broadcasts to it."""
        start = nn.initializers.constant(math.log(self.params.theta_start))
        if self.params.theta == "predicted":
            zeros = nn.initializers.zeros
            raw = Projection(self.shape, kernel_init=zeros, bias_init=start, name="log_theta")(features)
        else:
            of_image = self.shape[-1:] if len(self.shape) > 1 else (1,)
            shape = self.shape if self.params.theta == "feature" else (1,) * (len(self.shape) - 1) + of_image
            raw = self.param("log_theta", start, shape)[None, None]
        return jnp.clip(raw, math.log(self.params.theta_min), math.log(self.params.theta_max))


class Sizes(NamedTuple):
    """How the counts of an input are read from x, and what their sum is.

    Args:
        units: of x.
        size: whether means are shares of the sum of the counts.
    """

    units: Units
    size: Literal["input", "none"]

    @classmethod
    def of(cls, context: BuildContext, size: Literal["input", "none"]) -> Sizes:
        """Return the sizes for a context; without units x is counts."""
        return cls(context.units or Units(), size)

    def counts(self, x: Float[Array, "B *x"]) -> Float[Array, "B *x"]:
        """Return the counts of inputs; what is below 0 counts as 0."""
        return jnp.maximum(self.units.values(x), 0.0)

    def log_total(self) -> Float[Array, "1 1"]:
        """Return the logarithm of the size of an input that is not seen: the mean of training, or 1."""
        return jnp.full((1, 1), math.log(self.units.total) if self.size == "input" else 0.0)

    def log_size(self, counts: Float[Array, "B *x"]) -> Float[Array, "B 1"]:
        """Return the logarithm of the sizes of inputs: the sums of their counts, or 1."""
        if self.size == "none":
            return jnp.zeros((len(counts), 1))
        totals = counts.reshape(len(counts), -1).sum(axis=1, keepdims=True)
        return jnp.log(jnp.maximum(totals, _SMALLEST_SIZE))


def log_means(log_share: Float[Array, "B M *x"], log_size: Float[Array, "b 1"]) -> Float[Array, "B M *x"]:
    """Return the logarithm of s ρ, for sizes s and shares ρ."""
    size = log_size.reshape(*log_size.shape, *[1] * (log_share.ndim - 2))
    return jnp.minimum(log_share + size, _LARGEST_LOG)


def weighted_log_mean(logs: Float[Array, "B m *x"], weights: Float[Array, "B M"]) -> Float[Array, "B 1 *x"]:
    """Return log Σ_m w_m exp(l_m); a weight of zero stops the gradient."""
    share = jnp.broadcast_to(weights, (logs.shape[0], weights.shape[1]))
    share = share.reshape(*share.shape, *[1] * (logs.ndim - 2))
    return logsumexp(logs, axis=1, b=share, keepdims=True)
