"""Computes a convolution whose gradient is fast inside a scan on CPU."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import linen as nn
from jaxtyping import Array, Float

_LAYOUT = ("NHWC", "HWIO", "NHWC")
Pads = list[tuple[int, int]]


def _channels_last(
    x: Float[Array, "N H W I"], kernel: Float[Array, "h w I O"], pads: Pads
) -> Float[Array, "N U V O"]:
    """Convolve with stride 1 in the channels-last layout.

    Args:
        x: images.
        kernel: of any height and width.
        pads: zeros before and after each spatial axis.

    Returns:
        Images with O features, of the padded size less that of the kernel plus 1.
    """
    return jax.lax.conv_general_dilated(x, kernel, (1, 1), pads, dimension_numbers=_LAYOUT)


def _pads(kernel: Float[Array, "h w I O"]) -> Pads:
    return [((size - 1) // 2, size // 2) for size in kernel.shape[:2]]


@jax.custom_vjp
def convolve(x: Float[Array, "N H W I"], kernel: Float[Array, "h w I O"]) -> Float[Array, "N H W O"]:
    """Slide a kernel over images padded with zeros: out[n, u, v] = Σ_ij x[n, u + i - a, v + j - b] kernel[i, j].

    a = ⌊(h-1)/2⌋ and b = ⌊(w-1)/2⌋, which is the padding `SAME`. Inside a loop on CPU, XLA has a fast routine for
    channels-last convolutions only (github.com/jax-ml/jax/issues/12868). The gradients that JAX derives are not
    channels-last, and were 30 times slower. Here the gradient for x is a channels-last convolution, and that for the
    kernel consists of matrix products. Supports reverse mode only.

    Args:
        x: images.
        kernel: of any height and width.

    Returns:
        Images of the same height and width, with O features.
    """
    return _channels_last(x, kernel, _pads(kernel))


def _forward(
    x: Float[Array, "N H W I"], kernel: Float[Array, "h w I O"]
) -> tuple[Float[Array, "N H W O"], tuple[Array, Array]]:
    return convolve(x, kernel), (x, kernel)


def _backward(
    saved: tuple[Float[Array, "N H W I"], Float[Array, "h w I O"]], gradient: Float[Array, "N H W O"]
) -> tuple[Float[Array, "N H W I"], Float[Array, "h w I O"]]:
    x, kernel = saved
    pads = _pads(kernel)
    flipped = kernel[::-1, ::-1].swapaxes(2, 3)
    to_x = _channels_last(gradient, flipped, [(after, before) for before, after in pads])
    return to_x, _to_kernel(x, gradient, kernel.shape[:2])


def _to_kernel(
    x: Float[Array, "N H W I"], gradient: Float[Array, "N H W O"], size: tuple[int, ...]
) -> Float[Array, "h w I O"]:
    """Return Σ_nuv x[n, u + i - a, v + j - b] gradient[n, u, v], by one matrix product for each i.

    The columns of the second matrix contain the gradient shifted by j; the shift by i moves whole rows of x.

    Args:
        x: images.
        gradient: of the output.
        size: height h and width w of the kernel.

    Returns:
        The gradient of the kernel.
    """
    (above, below), (left, right) = (((side - 1) // 2, side // 2) for side in size)
    padded = jnp.pad(x, [(0, 0), (above, below), (left, right), (0, 0)])
    shifted = [
        jnp.pad(gradient, [(0, 0), (0, 0), (column, size[1] - 1 - column), (0, 0)])
        for column in range(size[1])
    ]
    columns = jnp.concatenate(shifted, axis=-1).reshape(-1, size[1] * gradient.shape[-1])
    products = [
        padded[:, row : row + x.shape[1]].reshape(-1, x.shape[-1]).T @ columns for row in range(size[0])
    ]
    kernels = jnp.stack(products).reshape(size[0], x.shape[-1], size[1], gradient.shape[-1])
    return kernels.swapaxes(1, 2)


convolve.defvjp(_forward, _backward)


class Convolution(nn.Module):
    """`convolve` with a learned kernel and without bias."""

    features: int
    size: int

    @nn.compact
    def __call__(self, x: Float[Array, "N H W I"]) -> Float[Array, "N H W O"]:
        """Convolve images."""
        shape = (self.size, self.size, x.shape[-1], self.features)
        return convolve(x, self.param("kernel", nn.initializers.lecun_normal(), shape))
