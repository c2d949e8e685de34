"""Builds a residual encoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.plugin.flax_adapters import Dense, from_linen
from rcmvae_core.plugin.protocols import BuildContext, EncoderOutput, Net
from rcmvae_plugins._convolution import Convolution
from rcmvae_plugins.encoders._posterior import channel_axes, infer
from rcmvae_plugins.encoders.conv import patches
from rcmvae_plugins.encoders.params import ResNetParams

_KERNEL = 3
_EPSILON = 1e-5


class GroupNorm(nn.Module):
    """Each group of features of one image with mean 0 and variance 1, times a learned scale, plus a learned shift.

    Equals `nn.GroupNorm`, but sums over places before features, for which XLA's CPU backend needs half of the time.
    """

    groups: int

    @nn.compact
    def __call__(self, h: Float[Array, "B H W F"]) -> Float[Array, "B H W F"]:
        """Normalise maps."""
        features = h.shape[-1]
        scale = self.param("scale", nn.initializers.ones, (features,))
        shift = self.param("bias", nn.initializers.zeros, (features,))
        flat = h.reshape(len(h), -1, features)
        # From centred values: a difference of E[h²] and E[h]² may have no digits left, or be negative.
        centred = flat - self._mean(flat)
        deviation = jax.lax.rsqrt(self._mean(jnp.square(centred)) + _EPSILON)
        return (centred * (deviation * scale) + shift).reshape(h.shape)

    def _mean(self, flat: Float[Array, "B P F"]) -> Float[Array, "B 1 F"]:
        """Return the mean of each group, repeated for each of its features."""
        groups = flat.mean(axis=1).reshape(len(flat), self.groups, -1).mean(axis=-1)
        return jnp.repeat(groups, flat.shape[-1] // self.groups, axis=1)[:, None]


class ResNetEncoder(nn.Module):
    """Stages of residual blocks, dense layers, then linear maps to logits and posteriors."""

    params: ResNetParams
    activation: Callable[[Any], Any]
    channels: int
    posteriors: int
    dim: int

    @nn.compact
    def __call__(self, x: Float[Array, "B H W C"]) -> EncoderOutput:
        """Encode a batch of images in [0, 1]."""
        params = self.params
        h = self._convolve(x, params.widths[0], params.strides[0], "stem")
        for stage, (width, blocks) in enumerate(zip(params.widths, params.blocks, strict=True)):
            for block in range(blocks):
                stride = params.strides[stage] if stage and not block else 1
                h = self._block(h, width, stride, f"{stage}_{block}")
        h = self._normalise(h, "norm")
        h = h.mean(axis=(1, 2)) if params.pooling == "mean" else h.reshape(len(h), -1)
        for index, units in enumerate(params.hidden):
            h = self.activation(Dense(units, name=f"hidden_{index}")(h))
        return infer(h, self.channels, self.posteriors, self.dim)

    def _block(
        self, h: Float[Array, "B H W F"], width: int, stride: int, name: str
    ) -> Float[Array, "B h w G"]:
        """Add to maps what two convolutions make of them.

        Args:
            h: maps.
            width: the number G of features of the result.
            stride: 2 halves height and width.
            name: of the block, which names its parameters.

        Returns:
            Maps of the new width and size.
        """
        before = self._normalise(h, f"norm_{name}_0")
        residual = self._convolve(before, width, stride, f"conv_{name}_0")
        residual = self._convolve(self._normalise(residual, f"norm_{name}_1"), width, 1, f"conv_{name}_1")
        if stride == 1 and width == h.shape[-1]:
            return h + residual
        short = before if stride == 1 else _halved(before)
        return Dense(width, use_bias=False, name=f"shortcut_{name}")(short) + residual

    def _normalise(self, h: Float[Array, "B H W F"], name: str) -> Float[Array, "B H W F"]:
        return self.activation(GroupNorm(self.params.groups, name=name)(h))

    def _convolve(
        self, h: Float[Array, "B H W F"], width: int, stride: int, name: str
    ) -> Float[Array, "B h w G"]:
        if stride == 1:
            return Convolution(width, _KERNEL, name=name)(h)
        return Dense(width, use_bias=False, name=name)(patches(h, _KERNEL))


def _halved(h: Float[Array, "B H W F"]) -> Float[Array, "B h w F"]:
    """Return the means of squares of two by two places; at an odd edge, what is beyond it counts as zero."""
    squares = patches(h, 2)
    return squares.reshape(*squares.shape[:3], 4, -1).mean(axis=-2)


def resnet(params: ResNetParams, context: BuildContext) -> Net:
    """Encode an image through stages of residual blocks, then through dense layers.

    h ← s(h) + V₂ * a(n(V₁ * a(n(h)))) for each block, with 3 × 3 convolutions V, the activation function a and the
    normalisation n of groups of features over the places of one image. A batch has no part in it, so that the encoder is
    a function of each input. s is the identity, and where a block changes the number of features or halves height and
    width, a linear map of a(n(h)), of the means of its two by two places.

    No convolution has a stride in XLA, and none is grouped: strided ones are linear maps of patches, and others have a
    gradient of their own. In the scan of an epoch on CPU, XLA's own convolutions took 30 times as long.

    Args:
        params: stages, dense layers and their activation function.
        context: channels K, latent size D, layout.

    Returns:
        A Net from x [B, H, W, C] to an EncoderOutput: logits [B, K], mean and log_var [B, k, D].

    Source: K. He et al., "Identity Mappings in Deep Residual Networks", 2016; Y. Wu, K. He, "Group Normalization", 2018;
        for the shortcut, T. He et al., "Bag of Tricks for Image Classification with Convolutional Neural Networks", 2019.
    """
    module = ResNetEncoder(
        params=params,
        activation=getattr(jax.nn, params.activation),
        channels=context.channels,
        posteriors=context.posteriors,
        dim=context.dim,
    )
    return from_linen(module, channel_axes(context))
