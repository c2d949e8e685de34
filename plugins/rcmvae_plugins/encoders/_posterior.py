"""Maps features to logits and Gaussian posteriors, for the encoders of this family."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import BuildContext, EncoderOutput

LOG_VAR_LIMIT = 10.0
# A tenth of the usual variance, so that posteriors start near N(0, I) and the KL starts near zero.
_SMALL = nn.initializers.variance_scaling(0.1, "fan_in", "truncated_normal")


class Gaussians(nn.Module):
    """A linear map to 2D values for each of k posteriors, as one matrix product.

    Equals `nn.DenseGeneral` with output axes (k, 2D), but flattens the kernel: XLA's CPU backend computes the gradient
    in half the time it needs for a dot product with two output axes.
    """

    posteriors: int
    dim: int

    @nn.compact
    def __call__(self, h: Float[Array, "B F"]) -> Float[Array, "B k two_D"]:
        """Map features to (mean, raw) of each posterior."""
        shape = (self.posteriors, 2 * self.dim)
        kernel = self.param("kernel", _per_posterior, (h.shape[-1], *shape))
        bias = self.param("bias", nn.initializers.zeros, shape)
        return (h @ kernel.reshape(h.shape[-1], -1)).reshape(-1, *shape) + bias


def _per_posterior(key: Key[Array, ""], shape: tuple[int, int, int]) -> Float[Array, "F k two_D"]:
    # Drawn flat, because for a kernel of three axes the initializer would count k into the fan-in.
    return _SMALL(key, (shape[0], shape[1] * shape[2])).reshape(shape)


def infer(h: Float[Array, "B F"], channels: int, posteriors: int, dim: int) -> EncoderOutput:
    """Map features linearly to the logits and to every posterior; the calling Flax module owns the parameters.

    logits = W_c h + b_c;  (mean, raw) = W_z h + b_z;  log_var = 10 tanh(raw / 10), so that the variance stays
    between 5e-5 and 2e4. Channels are an axis of W_c [F, K] and, if each has a posterior, of W_z [F, k, 2D].

    Args:
        h: features.
        channels: K.
        posteriors: k.
        dim: D.

    Returns:
        An EncoderOutput: logits [B, K], mean and log_var [B, k, D].
    """
    logits = nn.Dense(channels, name="logits")(h)
    gaussian = Gaussians(posteriors, dim, name="posterior")(h)
    mean, raw = jnp.split(gaussian, 2, axis=-1)
    return EncoderOutput(logits, mean, soft_clip(raw, LOG_VAR_LIMIT))


def channel_axes(context: BuildContext) -> Mapping[str, int]:
    """Return the channel axis of each parameter that `infer` creates, by its path."""
    axes = {"logits/kernel": 1, "logits/bias": 0}
    if context.layout == "decentralized":
        axes |= {"posterior/kernel": 1, "posterior/bias": 0}
    return axes


def soft_clip(raw: Float[Array, "*any"], limit: float) -> Float[Array, "*any"]:
    """Limit values smoothly to (-limit, limit): limit · tanh(raw / limit), the identity near zero.

    Without a limit, exp(log_var) overflows on outliers; a hard clip would have no gradient outside the limit.

    Example:
        >>> soft_clip(jnp.array([0.0, 1e9]), 10.0).tolist()
        [0.0, 10.0]
    """
    return limit * jnp.tanh(raw / limit)
