"""A fully connected encoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.nets import from_linen
from rcmvae_core.protocols import Context, Inference, Net
from rcmvae_plugins.encoders.params import DenseParams

LOG_VAR_LIMIT = 10.0
# A tenth of the usual variance: posteriors start near N(0, I), and the first KL near zero.
_SMALL = nn.initializers.variance_scaling(0.1, "fan_in", "truncated_normal")


class DenseEncoder(nn.Module):
    """Hidden layers, then one linear map for the logits and one for every posterior."""

    hidden: tuple[int, ...]
    activation: Callable[[Any], Any]
    channels: int
    posteriors: int
    dim: int

    @nn.compact
    def __call__(self, x: Float[Array, "B *x"]) -> Inference:
        """Encode a batch of inputs in [0, 1]."""
        h = x.reshape(x.shape[0], -1)
        for index, units in enumerate(self.hidden):
            h = self.activation(nn.Dense(units, name=f"hidden_{index}")(h))
        logits = nn.Dense(self.channels, name="logits")(h)
        gaussian = nn.Dense(2 * self.posteriors * self.dim, kernel_init=_SMALL, name="posterior")(h)
        mean, raw = jnp.split(gaussian.reshape(-1, self.posteriors, 2 * self.dim), 2, axis=-1)
        return Inference(logits, mean, soft_clip(raw, LOG_VAR_LIMIT))


def soft_clip(raw: Float[Array, "*any"], limit: float) -> Float[Array, "*any"]:
    """Keep values inside (-limit, limit): limit · tanh(raw / limit), the identity near zero.

    A hard clip would stop the gradient at once outside; without any, exp(log_var) overflows on an outlier.

    Example:
        >>> soft_clip(jnp.array([0.0, 1e9]), 10.0).tolist()
        [0.0, 10.0]
    """
    return limit * jnp.tanh(raw / limit)


def dense(params: DenseParams, context: Context) -> Net:
    """Encode the flattened input through hidden layers.

    logits = W_c h + b_c;  (mean, raw) = W_z h + b_z;  log_var = 10 tanh(raw / 10), so that the variance stays
    between 5e-5 and 2e4.

    Args:
        params: hidden layers and their activation.
        context: channels K, latent size D, layout.

    Returns:
        A Net from x [B, *x] to an Inference: logits [B, K], mean and log_var [B, k, D].

    Source: D. P. Kingma, M. Welling, "Auto-Encoding Variational Bayes", 2014, appendix C.
    """
    return from_linen(
        DenseEncoder(
            hidden=params.hidden,
            activation=getattr(jax.nn, params.activation),
            channels=context.channels,
            posteriors=context.posteriors,
            dim=context.dim,
        )
    )
