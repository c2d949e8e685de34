"""The convolutional backbone against loops and XLA's own convolutions, on images of any size."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins._convolution import convolve
from rcmvae_plugins.backbones.conv import conv, depth_to_space
from rcmvae_plugins.backbones.params import ConvParams
from rcmvae_plugins.conditioners.cin import cin
from rcmvae_plugins.conditioners.component_aware import component_aware
from rcmvae_plugins.conditioners.concat import concat
from rcmvae_plugins.conditioners.film import film
from rcmvae_plugins.conditioners.none import none
from rcmvae_plugins.conditioners.params import ComponentAwareParams, ConcatParams

from rcmvae_core.plugin.parameters import NoParams

from .nets import IMAGES, B, D, E, K, abstract, context, drawn, normal, of_xla

CONDITIONERS = {
    "none": (none, NoParams()),
    "film": (film, NoParams()),
    "cin": (cin, NoParams()),
    "concat": (concat, ConcatParams(units=2)),
    "component_aware": (component_aware, ComponentAwareParams(units=2)),
}


def decoder(conditioner, input_shape, **params):
    place = context(input_shape)
    function, its_params = CONDITIONERS[conditioner]
    return conv(ConvParams(**params), place, function(its_params, place))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_convolve_is_the_loop(size):
    x, kernel = np.asarray(normal(B, 4, 3, 2)), np.asarray(normal(size, size, 2, 3, seed=1))
    out = np.zeros((B, 4, 3, 3))
    before = (size - 1) // 2
    for n, u, v, i, j in np.ndindex(B, 4, 3, size, size):
        row, column = u + i - before, v + j - before
        if 0 <= row < 4 and 0 <= column < 3:
            out[n, u, v] += x[n, row, column] @ kernel[i, j]
    np.testing.assert_allclose(jax.jit(convolve)(x, kernel), out, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("sides", [(7, 5), (1, 4), (2, 2)])
def test_the_gradient_of_convolve_is_that_of_xlas_convolution(sides, size):
    x, kernel = normal(3, *sides, 2), normal(size, size, 2, 4, seed=1)
    weights = normal(3, *sides, 4, seed=2)

    @jax.jit
    def both(x, kernel, weights):
        (ours, slopes), (theirs, reference) = (jax.vjp(f, x, kernel) for f in (convolve, of_xla))
        return (ours, theirs), list(zip(slopes(weights), reference(weights), strict=True))

    (ours, theirs), pairs = both(x, kernel, weights)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)
    for actual, expected in pairs:
        np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=1e-4)


def test_depth_to_space_is_its_formula():
    h = np.asarray(normal(B, 3, 2, 12))
    actual = np.asarray(depth_to_space(jnp.asarray(h)))
    assert actual.shape == (B, 6, 4, 3)
    for n, u, v, i, j in np.ndindex(B, 3, 2, 2, 2):
        start = (2 * i + j) * 3
        np.testing.assert_array_equal(actual[n, 2 * u + i, 2 * v + j], h[n, u, v, start : start + 3])


@pytest.mark.parametrize("shape", IMAGES)
@pytest.mark.parametrize(
    ("conditioner", "k", "rows", "m"),
    [("film", K, 1, K), ("film", 1, 1, K), ("film", 1, B, K), ("none", K, 1, K), ("none", 1, 1, 1)],
)
def test_backbone_shapes(shape, conditioner, k, rows, m):
    net = decoder(conditioner, shape, features=(6, 5, 4))
    inputs = normal(B, k, D), normal(rows, K, E)
    actual = jax.eval_shape(net.apply, abstract(net, *inputs), *inputs)
    assert actual.shape == (B, m, *shape[:2], 4)
    assert actual.dtype == jnp.float32


@pytest.mark.parametrize("conditioner", CONDITIONERS)
def test_every_conditioner_acts_on_every_layer(conditioner):
    net = decoder(conditioner, (5, 6, 1), features=(6, 5, 4))
    inputs = normal(B, 1, D), normal(1, K, E)
    params = drawn(net, *inputs)
    assert {f"condition_{index}" for index in range(3)} <= set(params)
    apply = jax.jit(net.apply)
    plain = apply(params, *inputs)
    assert plain.shape[:2] == (B, 1 if conditioner == "none" else K)
    for index in range(3):
        negated = jax.tree.map(lambda a: -np.asarray(a), params[f"condition_{index}"])
        changed = apply(params | {f"condition_{index}": negated}, *inputs)
        assert np.allclose(changed, plain) == (conditioner == "none")


def test_backbone_is_the_loop_over_channels():
    net = decoder("film", (5, 3, 1), features=(6, 4), kernel_size=3)
    z, e = normal(B, K, D), normal(1, K, E, seed=1)
    params = drawn(net, z, e)
    actual = np.asarray(jax.jit(net.apply)(params, z, e))
    table = jax.tree.map(np.asarray, params)

    def linear(layer, values):
        return values @ layer["kernel"] + layer.get("bias", 0.0)

    def layer(index, h, embedding):
        of = table[f"condition_{index}"]
        return np.maximum((1 + linear(of["gamma"], embedding)) * h + linear(of["beta"], embedding), 0)

    for n, c in itertools.product(range(B), range(K)):
        embedding = np.asarray(e)[0, c]
        h = layer(0, linear(table["dense_0"], np.asarray(z)[n, c]).reshape(3, 2, 6), embedding)
        padded = np.pad(h, [(1, 1), (1, 1), (0, 0)])
        fine = np.zeros((6, 4, 4))
        for u, v in np.ndindex(3, 2):
            window = padded[u : u + 3, v : v + 3]
            square = linear(table["up_1"], np.einsum("ijf,ijfg->g", window, table["conv_1"]["kernel"]))
            fine[2 * u : 2 * u + 2, 2 * v : 2 * v + 2] = square.reshape(2, 2, 4)
        np.testing.assert_allclose(actual[n, c], layer(1, fine[:5, :3], embedding), rtol=1e-3, atol=1e-3)


def test_backbone_parameters_do_not_depend_on_how_many_channels_are_decoded():
    net = decoder("film", (5, 6, 1))
    every = abstract(net, normal(1, K, D), normal(1, K, E))
    gated = abstract(net, normal(B, 1, D), normal(B, 1, E))
    assert jax.tree.map(lambda a: a.shape, every) == jax.tree.map(lambda a: a.shape, gated)
