"""The residual encoder by hand in plain JAX, its convolutions computed in one of two ways."""

from __future__ import annotations

from typing import Literal

import jax
import jax.numpy as jnp
from rcmvae_plugins._convolution import convolve
from rcmvae_plugins.encoders.conv import patches

from tests.benchmarks.raw_jax import dense, negative_elbo

STAGES, GROUPS = 3, 8
Convolutions = Literal["fast", "xla"]


def normalise(norm: dict, h):
    """ReLU of groups of features with mean 0 and variance 1."""
    count, height, width, features = h.shape
    groups = h.reshape(count, height * width, GROUPS, features // GROUPS)

    def mean(values):
        return values.mean(axis=1, keepdims=True).mean(axis=-1, keepdims=True)

    groups = groups - mean(groups)
    groups = groups * jax.lax.rsqrt(mean(groups**2) + 1e-5)
    return jax.nn.relu(groups.reshape(h.shape) * norm["scale"] + norm["bias"])


def convolution(layer: dict, h, stride: int, how: Convolutions):
    """3 x 3, by XLA; or with a fast gradient, and patches where the stride is 2."""
    kernel = layer["kernel"].reshape(3, 3, h.shape[-1], -1)
    if how == "xla":
        layout = ("NHWC", "HWIO", "NHWC")
        return jax.lax.conv_general_dilated(h, kernel, (stride, stride), "SAME", dimension_numbers=layout)
    return convolve(h, kernel) if stride == 1 else patches(h, 3) @ kernel.reshape(-1, kernel.shape[-1])


def features(encoder: dict, x, how: Convolutions):
    """Three stages of one block, which halve height and width, and a dense layer."""
    h = convolution(encoder["stem"], x, 2, how)
    for stage in range(STAGES):
        name, stride = f"{stage}_0", 2 if stage else 1
        before = normalise(encoder[f"norm_{name}_0"], h)
        residual = convolution(encoder[f"conv_{name}_0"], before, stride, how)
        residual = convolution(
            encoder[f"conv_{name}_1"], normalise(encoder[f"norm_{name}_1"], residual), 1, how
        )
        if stage:
            squares = patches(before, 2)
            h = (
                squares.reshape(*squares.shape[:3], 4, -1).mean(axis=-2)
                @ encoder[f"shortcut_{name}"]["kernel"]
            )
        h = h + residual
    h = normalise(encoder["norm"], h)
    return jax.nn.relu(dense(encoder["hidden_0"], h.reshape(len(h), -1)))


def loss(params: dict, x, noise, *, channels: int, dim: int, how: Convolutions):
    """Negative ELBO with the residual encoder."""
    h = features(params["encoder"], x, how)
    return negative_elbo(params, h, x.reshape(len(x), -1), noise, channels=channels, dim=dim)


def by_hand(params: dict) -> dict:
    """The framework's parameters under the names of these functions."""
    encoder, backbone = params["encoder"], params["backbone"]
    return {
        "encoder": {name: layer for name, layer in encoder.items() if name not in ("logits", "posterior")},
        "logits": encoder["logits"],
        "posterior": {
            name: array.reshape(*array.shape[:-2], -1) for name, array in encoder["posterior"].items()
        },
        "embeddings": params["embeddings"],
        "decoder": [backbone["hidden_0"], backbone["hidden_1"]],
        "film": [backbone["condition_0"], backbone["condition_1"]],
        "head": next(iter(params["head"].values())),
    }


def start(key, init, images) -> dict:
    """Parameters of a model of the framework as a start.

    Args:
        key: of their draw.
        init: `(key, x) -> params`.
        images: some inputs in [0, 1].
    """
    return jax.tree.map(jnp.asarray, by_hand(jax.jit(init)(key, images)))
