"""Builds a convolutional backbone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from flax import linen as nn
from jaxtyping import Array, Float

from rcmvae_core.plugin.flax_adapters import Dense, from_linen
from rcmvae_core.plugin.protocols import BuildContext, Net
from rcmvae_plugins._convolution import Convolution
from rcmvae_plugins.backbones._conditioning import condition
from rcmvae_plugins.backbones.params import ConvParams


class ConvBackbone(nn.Module):
    """A dense layer to the coarsest map, then layers that double height and width, each with the conditioner."""

    shape: tuple[int, ...]
    features: tuple[int, ...]
    kernel_size: int
    activation: Callable[[Any], Any]
    conditioner: Net

    @nn.compact
    def __call__(self, z: Float[Array, "B k D"], e: Float[Array, "b M E"]) -> Float[Array, "B m H W F"]:
        """Decode latents z, each as the channel whose embedding is at its position in e."""
        h = z
        for index, units in enumerate(self.features):
            halvings = len(self.features) - 1 - index
            height, width = (-(-side // 2**halvings) for side in self.shape[:2])
            if index == 0:
                flat = Dense(height * width * units, name="dense_0")(h)
                h = flat.reshape(*z.shape[:2], height, width, units)
            else:
                h = self._double(index, h, units)[:, :, :height, :width]
            h = self.activation(condition(self, f"condition_{index}", self.conditioner, h, e))
        return h

    def _double(self, index: int, h: Float[Array, "B m H W F"], units: int) -> Float[Array, "B m H2 W2 G"]:
        """Double height and width by a convolution and a linear map.

        Args:
            index: of the layer, which names its parameters.
            h: features of the coarser map.
            units: the number G of features of the finer map.

        Returns:
            Features of twice the height and width.
        """
        maps = h.reshape(-1, *h.shape[2:])
        mixed = Convolution(units, self.kernel_size, name=f"conv_{index}")(maps)
        # Flat rows: with several batch axes XLA on CPU takes six times as long for the gradient of the matrix.
        quarters = Dense(4 * units, name=f"up_{index}")(mixed.reshape(-1, units))
        finer = depth_to_space(quarters.reshape(*mixed.shape[:3], 4 * units))
        return finer.reshape(*h.shape[:2], *finer.shape[1:])


def depth_to_space(h: Float[Array, "N H W F"]) -> Float[Array, "N H2 W2 G"]:
    """Rearrange the four quarters of the features at each place as two by two places.

    out[n, 2u + i, 2v + j] = h[n, u, v, (2i + j) G : (2i + j + 1) G], G = F/4.

    Example:
        >>> import jax.numpy as jnp
        >>> depth_to_space(jnp.arange(4.0).reshape(1, 1, 1, 4))[0, :, :, 0].tolist()
        [[0.0, 1.0], [2.0, 3.0]]
    """
    count, height, width, features = h.shape
    squares = h.reshape(count, height, width, 2, 2, features // 4).transpose(0, 1, 3, 2, 4, 5)
    return squares.reshape(count, 2 * height, 2 * width, features // 4)


def conv(params: ConvParams, context: BuildContext, conditioner: Net) -> Net:
    """Decode through maps of doubling height and width, up to the image size.

    h_0 = activation(conditioner_0(W z + b, e)), with ⌈H/2ⁿ⁻¹⌉ × ⌈W/2ⁿ⁻¹⌉ places for n layers;
    h_i = activation(conditioner_i(depth_to_space(U_i (V_i * h_{i-1}) + b_i), e)), cropped at the lower and right
    edge to ⌈H/2ⁿ⁻¹⁻ⁱ⌉ × ⌈W/2ⁿ⁻¹⁻ⁱ⌉.

    V_i is a convolution at the coarser size and U_i a linear map to four times the features: together they are a
    factorised sub-pixel convolution, which on CPU costs a fraction of a transposed convolution with stride 2. The
    conditioner comes before the activation function and has its own parameters in each layer. All channels share the
    weights.

    Args:
        params: features, kernels and activation function.
        context: the input shape.
        conditioner: a Net over (h, e).

    Returns:
        A Net from z [B, k, D] and e [1, K, E] or [B, M, E] to features [B, m, H, W, F]; m is the broadcast
        length of k and M, and 1 if k is 1 and the conditioner is `none`.

    Source: W. Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel
    Convolutional Neural Network", 2016.
    """
    return from_linen(
        ConvBackbone(
            shape=context.input_shape,
            features=params.features,
            kernel_size=params.kernel_size,
            activation=getattr(jax.nn, params.activation),
            conditioner=conditioner,
        )
    )
