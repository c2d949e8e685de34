"""Sizes, a context and arrays for the tests of encoders and backbones."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.plugin.protocols import BuildContext

B, K, D, E = 2, 3, 4, 5
IMAGES = [(7, 5, 3), (28, 28, 1), (1, 9, 2), (32, 32, 3), (1, 1, 1)]
LAYOUT = ("NHWC", "HWIO", "NHWC")


def context(input_shape=(2, 3, 2), layout="decentralized"):
    return BuildContext(
        input_shape=input_shape,
        examples=10,
        labelled=4,
        classes=2,
        channels=K,
        dim=D,
        embedding_dim=E,
        layout=layout,
        steps_per_epoch=5,
        epochs=1,
    )


def normal(*shape, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


def abstract(net, *inputs):
    """The shapes of a net's parameters."""
    return jax.eval_shape(net.init, jax.random.key(0), *inputs)


def drawn(net, *inputs):
    """Parameters that differ from the initial ones."""
    rng = np.random.default_rng(3)
    return jax.tree.map(
        lambda leaf: jnp.asarray(np.float32(rng.normal(size=leaf.shape) / 2)), abstract(net, *inputs)
    )


def of_xla(x, kernel, strides=(1, 1), padding="SAME"):
    """XLA's own convolution."""
    return jax.lax.conv_general_dilated(x, kernel, strides, padding, dimension_numbers=LAYOUT)
