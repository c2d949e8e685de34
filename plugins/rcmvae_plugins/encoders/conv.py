"""Builds a convolutional encoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.plugin.flax_adapters import Dense, from_linen
from rcmvae_core.plugin.protocols import BuildContext, EncoderOutput, Net
from rcmvae_plugins.encoders._posterior import channel_axes, infer
from rcmvae_plugins.encoders.params import ConvParams


class ConvEncoder(nn.Module):
    """Convolutions that halve height and width, dense layers, then linear maps to logits and posteriors."""

    features: tuple[int, ...]
    kernel_size: int
    hidden: tuple[int, ...]
    activation: Callable[[Any], Any]
    channels: int
    posteriors: int
    dim: int

    @nn.compact
    def __call__(self, x: Float[Array, "B H W C"]) -> EncoderOutput:
        """Encode a batch of images in [0, 1]."""
        h = x
        for index, units in enumerate(self.features):
            h = self.activation(Dense(units, name=f"conv_{index}")(patches(h, self.kernel_size)))
        h = h.reshape(h.shape[0], -1)
        for index, units in enumerate(self.hidden):
            h = self.activation(Dense(units, name=f"hidden_{index}")(h))
        return infer(h, self.channels, self.posteriors, self.dim)


def patches(x: Float[Array, "B H W C"], size: int) -> Float[Array, "B h w P"]:
    """Return the input of a convolution of stride 2 with padding `SAME` at each place: size · size · C values.

    A linear map of patches equals that convolution. Differentiating XLA's own convolution takes many times as long
    inside a scan on CPU, because the gradient of a strided convolution is a dilated one.

    Args:
        x: images.
        size: height and width of the patches, at least 2.

    Returns:
        Patches [B, ⌈H/2⌉, ⌈W/2⌉, size · size · C] at every second place, in the order (row, column, channel).
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
    # The last patch begins at 2 ⌈side/2⌉ - 2; if the padding is odd, the larger half comes after the image.
    total = 2 * ((side + 1) // 2) - 2 + size - side
    return total // 2, total - total // 2


def conv(params: ConvParams, context: BuildContext) -> Net:
    """Encode an image through convolutions of stride 2, then through dense layers.

    h_i = activation(W_i * h_{i-1} + b_i) at every second place, padded with zeros so that n pixels become ⌈n/2⌉:
    images may have any size, and a side of one pixel keeps it. The last map is flattened. Logits and posteriors are
    those of the `dense` encoder.

    Args:
        params: convolutions, dense layers and their activation function.
        context: channels K, latent size D, layout.

    Returns:
        A Net from x [B, H, W, C] to an EncoderOutput: logits [B, K], mean and log_var [B, k, D].
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
