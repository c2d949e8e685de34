"""The residual encoder against NumPy's groups, and against the same network of Flax's own layers."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from rcmvae_plugins.encoders.params import ResNetParams
from rcmvae_plugins.encoders.resnet import GroupNorm, resnet

from tests.plugins.nets import IMAGES, B, D, K, abstract, context, drawn, normal

SMALL = {"widths": (4, 6), "blocks": (1, 2), "strides": (2, 2), "groups": 2, "hidden": (7,)}


def of_flax(params: dict, x: jax.Array, values: ResNetParams) -> np.ndarray:
    """The features before the linear maps to logits and posteriors, by strided convolutions and a loop over blocks."""

    def normalised(h, name):
        return nn.relu(nn.GroupNorm(values.groups, epsilon=1e-5).apply({"params": params[name]}, h))

    def convolved(h, name, stride):
        features = params[name]["kernel"].shape[-1]
        kernel = params[name]["kernel"].reshape(3, 3, h.shape[-1], features)
        layer = nn.Conv(features, (3, 3), (stride, stride), use_bias=False)
        return layer.apply({"params": {"kernel": kernel}}, h)

    h = convolved(x, "stem", values.strides[0])
    for stage, width in enumerate(values.widths):
        for block in range(values.blocks[stage]):
            name, stride = f"{stage}_{block}", values.strides[stage] if stage and not block else 1
            before = normalised(h, f"norm_{name}_0")
            residual = convolved(before, f"conv_{name}_0", stride)
            residual = convolved(normalised(residual, f"norm_{name}_1"), f"conv_{name}_1", 1)
            if stride == 2:
                before = nn.avg_pool(before, (2, 2), (2, 2), "SAME")
            is_same = stride == 1 and width == h.shape[-1]
            h = residual + (h if is_same else before @ params[f"shortcut_{name}"]["kernel"])
    h = normalised(h, "norm")
    h = h.mean((1, 2)) if values.pooling == "mean" else h.reshape(len(h), -1)
    return nn.relu(h @ params["hidden_0"]["kernel"] + params["hidden_0"]["bias"])


@pytest.mark.parametrize("strides", [(2, 2), (1, 2), (2, 1), (1, 1)])
@pytest.mark.parametrize("pooling", ["none", "mean"])
@pytest.mark.parametrize("sides", [(7, 5), (8, 6)])
def test_encoder_is_the_network_of_flax(sides, strides, pooling):
    values = ResNetParams(**SMALL | {"strides": strides, "pooling": pooling})
    net = resnet(values, context((*sides, 2)))
    x = normal(B, *sides, 2)
    params = drawn(net, x)
    actual = jax.jit(net.apply)(params, x)
    h = of_flax(params, x, values)
    logits = h @ params["logits"]["kernel"] + params["logits"]["bias"]
    np.testing.assert_allclose(actual.logits, logits, rtol=1e-3, atol=1e-3)
    gaussian = jnp.einsum("bf,fkd->bkd", h, params["posterior"]["kernel"]) + params["posterior"]["bias"]
    np.testing.assert_allclose(actual.mean, gaussian[..., :D], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(actual.log_var, 10 * np.tanh(gaussian[..., D:] / 10), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_groups_have_mean_zero_and_variance_one(offset):
    h = np.asarray(normal(B, 5, 4, 6)) + np.float32(offset)
    scale, shift = np.asarray(normal(6, seed=1)), np.asarray(normal(6, seed=2))
    actual = GroupNorm(3).apply({"params": {"scale": scale, "bias": shift}}, jnp.asarray(h))
    groups = h.astype(np.float64).reshape(B, 20, 3, 2)
    mean, variance = groups.mean((1, 3), keepdims=True), groups.var((1, 3), keepdims=True)
    expected = ((groups - mean) / np.sqrt(variance + 1e-5)).reshape(h.shape) * scale + shift
    np.testing.assert_allclose(actual, expected, rtol=2e-3, atol=1e-4 if offset == 0 else 2e-3)


@pytest.mark.parametrize("layout", ["decentralized", "shared"])
@pytest.mark.parametrize("shape", IMAGES)
def test_shapes(shape, layout):
    net = resnet(ResNetParams(**SMALL), context(shape, layout))
    x = normal(B, *shape)
    k = K if layout == "decentralized" else 1
    actual = jax.eval_shape(net.apply, abstract(net, x), x)
    assert [array.shape for array in actual] == [(B, K), (B, k, D), (B, k, D)]
    assert {array.dtype for array in actual} == {jnp.dtype("float32")}


def test_an_input_is_encoded_alike_in_every_batch():
    net = resnet(ResNetParams(**SMALL), context((6, 5, 1)))
    x = normal(4, 6, 5, 1)
    params = drawn(net, x)
    apply = jax.jit(net.apply)
    alone, among = apply(params, x[:1]), apply(params, 3 * x.at[0].divide(3))
    np.testing.assert_allclose(alone.logits[0], among.logits[0], rtol=1e-4, atol=1e-4)


def test_encoder_starts_near_the_prior():
    net = resnet(ResNetParams(), context((28, 28, 1)))
    x = jnp.asarray(np.random.default_rng(2).uniform(size=(32, 28, 28, 1)).astype(np.float32))
    actual = jax.jit(lambda key, x: net.apply(net.init(key, x), x))(jax.random.key(0), x)
    kl = 0.5 * (np.square(actual.mean) + np.expm1(actual.log_var) - np.asarray(actual.log_var)).sum(-1)
    assert 0 < kl.mean() < 0.2 * D


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"blocks": (1, 1)}, "`blocks` has 2 values for 3 stages"),
        ({"strides": (2,)}, "`strides` has 1 values for 3 stages"),
        ({"widths": (32, 60, 128)}, "`widths` must be multiples of `groups`, 8, got 60"),
    ],
)
def test_stages_that_contradict_each_other_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        ResNetParams(**values)
