"""The convolutional encoder against loops and XLA's own convolutions, on images of any size."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.encoders.conv import conv, patches
from rcmvae_plugins.encoders.dense import dense
from rcmvae_plugins.encoders.params import ConvParams, DenseParams, ResNetParams
from rcmvae_plugins.encoders.resnet import resnet

from .nets import IMAGES, B, D, K, abstract, context, drawn, normal, of_xla


@pytest.mark.parametrize("layout", ["decentralized", "shared"])
@pytest.mark.parametrize("shape", IMAGES)
def test_encoder_shapes(shape, layout):
    net = conv(ConvParams(features=(4, 6, 5)), context(shape, layout))
    x = normal(B, *shape)
    k = K if layout == "decentralized" else 1
    actual = jax.eval_shape(net.apply, abstract(net, x), x)
    assert [array.shape for array in actual] == [(B, K), (B, k, D), (B, k, D)]
    assert {array.dtype for array in actual} == {jnp.dtype("float32")}


@pytest.mark.parametrize("size", [2, 3, 4, 5])
@pytest.mark.parametrize("sides", [(7, 5), (8, 6), (1, 9), (1, 1), (2, 2)])
def test_a_linear_map_of_patches_is_a_strided_convolution(sides, size):
    x, kernel = normal(B, *sides, 3), normal(size, size, 3, 4, seed=1)
    actual = np.asarray(jax.jit(patches, static_argnums=1)(x, size)) @ np.asarray(kernel).reshape(-1, 4)
    np.testing.assert_allclose(actual, of_xla(x, kernel, (2, 2)), rtol=1e-4, atol=1e-4)


def test_patches_are_what_a_loop_cuts_out():
    x = np.asarray(normal(B, 5, 4, 2))
    padded = np.pad(x, [(0, 0), (1, 1), (0, 1), (0, 0)])
    actual = np.asarray(patches(jnp.asarray(x), 3))
    assert actual.shape == (B, 3, 2, 18)
    for n, u, v in np.ndindex(B, 3, 2):
        cut = padded[n, 2 * u : 2 * u + 3, 2 * v : 2 * v + 3]
        np.testing.assert_array_equal(actual[n, u, v], cut.reshape(-1))


def test_encoder_is_convolutions_then_dense_layers():
    net = conv(ConvParams(features=(4, 6), hidden=(7,), activation="tanh"), context((5, 6, 2)))
    x = normal(B, 5, 6, 2)
    params = drawn(net, x)
    actual, params = jax.tree.map(np.asarray, (jax.jit(net.apply)(params, x), params))
    h = x
    for name, width, units in (("conv_0", 2, 4), ("conv_1", 4, 6)):
        kernel = params[name]["kernel"].reshape(3, 3, width, units)
        h = np.tanh(np.asarray(of_xla(h, kernel, (2, 2))) + params[name]["bias"])
    h = np.tanh(h.reshape(B, -1) @ params["hidden_0"]["kernel"] + params["hidden_0"]["bias"])
    logits = h @ params["logits"]["kernel"] + params["logits"]["bias"]
    np.testing.assert_allclose(actual.logits, logits, rtol=1e-4, atol=1e-4)
    for channel in range(K):
        kernel, bias = params["posterior"]["kernel"][:, channel], params["posterior"]["bias"][channel]
        gaussian = h @ kernel + bias
        np.testing.assert_allclose(actual.mean[:, channel], gaussian[:, :D], rtol=1e-4, atol=1e-4)
        log_var = 10 * np.tanh(gaussian[:, D:] / 10)
        np.testing.assert_allclose(actual.log_var[:, channel], log_var, rtol=1e-4, atol=1e-4)


ENCODERS = {
    "conv": (conv, ConvParams(features=(4,))),
    "dense": (dense, DenseParams()),
    "resnet": (resnet, ResNetParams(widths=(4,), blocks=(1,), strides=(2,), groups=2)),
}


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("layout", ["decentralized", "shared"])
def test_channels_move_along_the_axes_that_an_encoder_names(name, layout):
    function, its_params = ENCODERS[name]
    net = function(its_params, context((5, 4, 1), layout))
    x = normal(B, 5, 4, 1)
    params = drawn(net, x)
    order = np.array([2, 0, 1])

    def move(path, leaf):
        axis = net.channel_axes.get("/".join(str(step.key) for step in path))
        return leaf if axis is None else np.take(np.asarray(leaf), order, axis)

    apply = jax.jit(net.apply)
    moved = apply(jax.tree_util.tree_map_with_path(move, params), x)
    plain = jax.tree.map(np.asarray, apply(params, x))
    np.testing.assert_allclose(moved.logits, plain.logits[:, order], rtol=1e-6)
    of_posteriors = order if layout == "decentralized" else [0]
    np.testing.assert_allclose(moved.mean, plain.mean[:, of_posteriors], rtol=1e-6)
    np.testing.assert_allclose(moved.log_var, plain.log_var[:, of_posteriors], rtol=1e-6)


def test_conv_encoder_starts_near_the_prior():
    net = conv(ConvParams(), context((14, 14, 1)))
    x = jnp.asarray(np.random.default_rng(2).uniform(size=(32, 14, 14, 1)).astype(np.float32))
    actual = jax.jit(lambda key, x: net.apply(net.init(key, x), x))(jax.random.key(0), x)
    kl = 0.5 * (np.square(actual.mean) + np.expm1(actual.log_var) - np.asarray(actual.log_var)).sum(-1)
    assert 0 < kl.mean() < 0.1 * D
