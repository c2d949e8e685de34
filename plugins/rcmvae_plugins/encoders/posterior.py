"""The last layers, which encoders of this family share: features to logits and Gaussian posteriors."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, Key

from rcmvae_core.protocols import Context, Inference

LOG_VAR_LIMIT = 10.0
# A tenth of the usual variance: posteriors start near N(0, I), and the first KL near zero.
_SMALL = nn.initializers.variance_scaling(0.1, "fan_in", "truncated_normal")


class Gaussians(nn.Module):
    """A linear map to 2D numbers for each of k posteriors, as one matrix product.

    What `nn.DenseGeneral` computes; but with the kernel flat, whose gradient XLA's CPU backend takes in half the
    time of a dot over an output of two axes.
    """

    posteriors: int
    dim: int

    @nn.compact
    def __call__(self, h: Float[Array, "B F"]) -> Float[Array, "B k two_D"]:
        """From features to (mean, raw) of each posterior."""
        shape = (self.posteriors, 2 * self.dim)
        kernel = self.param("kernel", _per_posterior, (h.shape[-1], *shape))
        bias = self.param("bias", nn.initializers.zeros, shape)
        return (h @ kernel.reshape(h.shape[-1], -1)).reshape(-1, *shape) + bias


def _per_posterior(key: Key[Array, ""], shape: tuple[int, int, int]) -> Float[Array, "F k two_D"]:
    # Drawn flat: the variance follows the features alone, and a kernel of three axes would count k as well.
    return _SMALL(key, (shape[0], shape[1] * shape[2])).reshape(shape)


def infer(h: Float[Array, "B F"], channels: int, posteriors: int, dim: int) -> Inference:
    """One linear map for the logits and one for every posterior, made in the module that calls.

    logits = W_c h + b_c;  (mean, raw) = W_z h + b_z;  log_var = 10 tanh(raw / 10), so that the variance stays
    between 5e-5 and 2e4. Channels have an axis of their own in W_c [F, K] and, when there is a posterior for
    each, in W_z [F, k, 2D].

    Args:
        h: features.
        channels: K.
        posteriors: k.
        dim: D.

    Returns:
        logits [B, K], mean and log_var [B, k, D].
    """
    logits = nn.Dense(channels, name="logits")(h)
    gaussian = Gaussians(posteriors, dim, name="posterior")(h)
    mean, raw = jnp.split(gaussian, 2, axis=-1)
    return Inference(logits, mean, soft_clip(raw, LOG_VAR_LIMIT))


def channel_axes(context: Context) -> Mapping[str, int]:
    """Which axes of the parameters that `infer` makes run over channels."""
    axes = {"logits/kernel": 1, "logits/bias": 0}
    if context.layout == "decentralized":
        axes |= {"posterior/kernel": 1, "posterior/bias": 0}
    return axes


def soft_clip(raw: Float[Array, "*any"], limit: float) -> Float[Array, "*any"]:
    """Keep values inside (-limit, limit): limit · tanh(raw / limit), the identity near zero.

    A hard clip would stop the gradient at once outside; without any, exp(log_var) overflows on an outlier.

    Example:
        >>> soft_clip(jnp.array([0.0, 1e9]), 10.0).tolist()
        [0.0, 10.0]
    """
    return limit * jnp.tanh(raw / limit)
