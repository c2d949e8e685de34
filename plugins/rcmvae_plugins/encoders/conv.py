"""A convolutional encoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.nets import Dense, from_linen
from rcmvae_core.protocols import Context, Inference, Net
from rcmvae_plugins.encoders.params import ConvParams
from rcmvae_plugins.encoders.posterior import channel_axes, infer


class ConvEncoder(nn.Module):
    """Convolutions that halve the sides, dense layers, then the maps for logits and posteriors."""

    features: tuple[int, ...]
    kernel_size: int
    hidden: tuple[int, ...]
    activation: Callable[[Any], Any]
    channels: int
    posteriors: int
    dim: int

    @nn.compact
    def __call__(self, x: Float[Array, "B H W C"]) -> Inference:
        """Encode a batch of images in [0, 1]."""
        h = x
        for index, units in enumerate(self.features):
            h = self.activation(Dense(units, name=f"conv_{index}")(patches(h, self.kernel_size)))
        h = h.reshape(h.shape[0], -1)
        for index, units in enumerate(self.hidden):
            h = self.activation(Dense(units, name=f"hidden_{index}")(h))
        return infer(h, self.channels, self.posteriors, self.dim)


def patches(x: Float[Array, "B H W C"], size: int) -> Float[Array, "B h w P"]:
    """What a convolution of stride 2 with padding `SAME` sees at each place: size · size · C values.

    A linear map of patches is that convolution. XLA's own, inside a scan on CPU, takes many times as long to
    differentiate, since a strided convolution's gradient is a dilated one.

    Args:
        x: images.
        size: side of the patches, at least 2.

    Returns:
        Patches at every second place, h = ⌈H/2⌉ and w = ⌈W/2⌉, in the order (row, column, channel).
    """
    height, width = ((side + 1) // 2 for side in x.shape[1:3])
    pads = [_same(side, size) for side in x.shape[1:3]]
    padded = jnp.pad(x, [(0, 0), *pads, (0, 0)])
    end, channels = (2 * height - 1, 2 * width - 1), x.shape[3]
    views = [
        jax.lax.slice(
            padded, (0, row, column, 0), (len(x), row + end[0], column + end[1], channels), (1, 2, 2, 1)
        )
        for row in range(size)
        for column in range(size)
    ]
    return jnp.concatenate(views, axis=-1)


def _same(side: int, size: int) -> tuple[int, int]:
    # The last patch begins at 2 ⌈side/2⌉ - 2; where padding is odd, the greater half follows.
    total = 2 * ((side + 1) // 2) - 2 + size - side
    return total // 2, total - total // 2


def conv(params: ConvParams, context: Context) -> Net:
    """Encode an image through convolutions of stride 2, then through dense layers.

    h_i = activation(W_i * h_{i-1} + b_i) at every second place, padded with zeros so that a side of n pixels
    becomes ⌈n/2⌉: any size works, and a side of one pixel stays one. What is left is flattened. Logits and
    posteriors are those of the `dense` encoder.

    Args:
        params: convolutions, dense layers and their activation.
        context: channels K, latent size D, layout.

    Returns:
        A Net from x [B, H, W, C] to an Inference: logits [B, K], mean and log_var [B, k, D].
    """
    module = ConvEncoder(
        features=params.features,
        kernel_size=params.kernel_size,
        hidden=params.hidden,
        activation=getattr(jax.nn, params.activation),
        channels=context.channels,
        posteriors=context.posteriors,
        dim=context.dim,
    )
    return from_linen(module, channel_axes(context))
