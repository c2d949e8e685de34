"""Convolutional nets against loops and XLA's own convolutions, on images of any size."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.backbones.conv import conv as backbone
from rcmvae_plugins.backbones.conv import depth_to_space
from rcmvae_plugins.backbones.convolution import convolve
from rcmvae_plugins.backbones.params import ConvParams as BackboneParams
from rcmvae_plugins.conditioners.cin import cin
from rcmvae_plugins.conditioners.component_aware import component_aware
from rcmvae_plugins.conditioners.concat import concat
from rcmvae_plugins.conditioners.film import film
from rcmvae_plugins.conditioners.none import none
from rcmvae_plugins.conditioners.params import ComponentAwareParams, ConcatParams
from rcmvae_plugins.encoders.conv import conv as encoder
from rcmvae_plugins.encoders.conv import patches
from rcmvae_plugins.encoders.dense import dense as dense_encoder
from rcmvae_plugins.encoders.params import ConvParams as EncoderParams
from rcmvae_plugins.encoders.params import DenseParams

from rcmvae_core.params import NoParams
from rcmvae_core.protocols import Context

B, K, D, E = 2, 3, 4, 5
SHAPES = [(7, 5, 3), (28, 28, 1), (1, 9, 2), (32, 32, 3), (1, 1, 1)]
CONDITIONERS = {
    "none": (none, NoParams()),
    "film": (film, NoParams()),
    "cin": (cin, NoParams()),
    "concat": (concat, ConcatParams(units=2)),
    "component_aware": (component_aware, ComponentAwareParams(units=2)),
}
LAYOUT = ("NHWC", "HWIO", "NHWC")


def context(input_shape, layout="decentralized"):
    return Context(
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
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def drawn(net, *inputs):
    shapes = jax.eval_shape(net.init, jax.random.key(0), *inputs)
    rng = np.random.default_rng(3)
    return jax.tree.map(lambda leaf: jnp.asarray(rng.normal(size=leaf.shape) / 2, jnp.float32), shapes)


def decoder(conditioner, input_shape, **params):
    place = context(input_shape)
    function, its_params = CONDITIONERS[conditioner]
    return backbone(BackboneParams(**params), place, function(its_params, place))


def of_xla(x, kernel, strides=(1, 1), padding="SAME"):
    return jax.lax.conv_general_dilated(x, kernel, strides, padding, dimension_numbers=LAYOUT)


def equations(jaxpr):
    for eqn in jaxpr.eqns:
        yield eqn
        for inner in jax.tree.leaves(eqn.params, is_leaf=lambda leaf: hasattr(leaf, "eqns")):
            if hasattr(inner, "eqns") or hasattr(inner, "jaxpr"):
                yield from equations(getattr(inner, "jaxpr", inner))


def convolutions(function, *inputs):
    eqns = equations(jax.make_jaxpr(function)(*inputs).jaxpr)
    return [eqn.params for eqn in eqns if eqn.primitive.name == "conv_general_dilated"]


@pytest.mark.parametrize("layout", ["decentralized", "shared"])
@pytest.mark.parametrize("shape", SHAPES)
def test_encoder_shapes(shape, layout):
    net = encoder(EncoderParams(features=(4, 6, 5)), context(shape, layout))
    x = normal(B, *shape)
    k = K if layout == "decentralized" else 1
    found = jax.eval_shape(net.apply, jax.eval_shape(net.init, jax.random.key(0), x), x)
    assert [array.shape for array in found] == [(B, K), (B, k, D), (B, k, D)]
    assert {array.dtype for array in found} == {jnp.dtype("float32")}


@pytest.mark.parametrize("size", [2, 3, 4, 5])
@pytest.mark.parametrize("sides", [(7, 5), (8, 6), (1, 9), (1, 1), (2, 2)])
def test_a_linear_map_of_patches_is_a_strided_convolution(sides, size):
    x, kernel = normal(B, *sides, 3), normal(size, size, 3, 4, seed=1)
    found = jax.jit(patches, static_argnums=1)(x, size) @ kernel.reshape(-1, 4)
    np.testing.assert_allclose(found, of_xla(x, kernel, (2, 2)), rtol=1e-4, atol=1e-4)


def test_patches_are_what_a_loop_cuts_out():
    x = np.asarray(normal(B, 5, 4, 2))
    padded = np.pad(x, [(0, 0), (1, 1), (0, 1), (0, 0)])
    found = np.asarray(patches(jnp.asarray(x), 3))
    assert found.shape == (B, 3, 2, 18)
    for n, u, v in np.ndindex(B, 3, 2):
        cut = padded[n, 2 * u : 2 * u + 3, 2 * v : 2 * v + 3]
        np.testing.assert_array_equal(found[n, u, v], cut.reshape(-1))


def test_encoder_is_convolutions_then_dense_layers():
    net = encoder(EncoderParams(features=(4, 6), hidden=(7,), activation="tanh"), context((5, 6, 2)))
    x = normal(B, 5, 6, 2)
    params = drawn(net, x)
    h = x
    for name, width, units in (("conv_0", 2, 4), ("conv_1", 4, 6)):
        kernel = params[name]["kernel"].reshape(3, 3, width, units)
        h = jnp.tanh(of_xla(h, kernel, (2, 2)) + params[name]["bias"])
    h = jnp.tanh(h.reshape(B, -1) @ params["hidden_0"]["kernel"] + params["hidden_0"]["bias"])
    found = net.apply(params, x)
    logits = h @ params["logits"]["kernel"] + params["logits"]["bias"]
    np.testing.assert_allclose(found.logits, logits, rtol=1e-4, atol=1e-4)
    for channel in range(K):
        kernel, bias = params["posterior"]["kernel"][:, channel], params["posterior"]["bias"][channel]
        gaussian = h @ kernel + bias
        np.testing.assert_allclose(found.mean[:, channel], gaussian[:, :D], rtol=1e-4, atol=1e-4)
        log_var = 10 * np.tanh(gaussian[:, D:] / 10)
        np.testing.assert_allclose(found.log_var[:, channel], log_var, rtol=1e-4, atol=1e-4)


ENCODERS = {"conv": (encoder, EncoderParams(features=(4,))), "dense": (dense_encoder, DenseParams())}


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
        return leaf if axis is None else jnp.take(leaf, order, axis)

    plain, moved = net.apply(params, x), net.apply(jax.tree_util.tree_map_with_path(move, params), x)
    np.testing.assert_allclose(moved.logits, plain.logits[:, order], rtol=1e-6)
    of_posteriors = order if layout == "decentralized" else [0]
    np.testing.assert_allclose(moved.mean, plain.mean[:, of_posteriors], rtol=1e-6)
    np.testing.assert_allclose(moved.log_var, plain.log_var[:, of_posteriors], rtol=1e-6)


def test_conv_encoder_starts_near_the_prior():
    net = encoder(EncoderParams(), context((14, 14, 1)))
    x = jnp.asarray(np.random.default_rng(2).uniform(size=(32, 14, 14, 1)), jnp.float32)
    found = net.apply(jax.jit(net.init)(jax.random.key(0), x), x)
    kl = 0.5 * (found.mean**2 + jnp.expm1(found.log_var) - found.log_var).sum(-1)
    assert 0 < kl.mean() < 0.1 * D


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
    ours, slopes = jax.vjp(convolve, x, kernel)
    theirs, reference = jax.vjp(of_xla, x, kernel)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)
    weights = normal(*ours.shape, seed=2)
    for found, expected in zip(slopes(weights), reference(weights), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_depth_to_space_is_its_formula():
    h = np.asarray(normal(B, 3, 2, 12))
    found = np.asarray(depth_to_space(jnp.asarray(h)))
    assert found.shape == (B, 6, 4, 3)
    for n, u, v, i, j in np.ndindex(B, 3, 2, 2, 2):
        start = (2 * i + j) * 3
        np.testing.assert_array_equal(found[n, 2 * u + i, 2 * v + j], h[n, u, v, start : start + 3])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("conditioner", "k", "rows", "m"),
    [("film", K, 1, K), ("film", 1, 1, K), ("film", 1, B, K), ("none", K, 1, K), ("none", 1, 1, 1)],
)
def test_backbone_shapes(shape, conditioner, k, rows, m):
    net = decoder(conditioner, shape, features=(6, 5, 4))
    inputs = normal(B, k, D), normal(rows, K, E)
    found = jax.eval_shape(net.apply, jax.eval_shape(net.init, jax.random.key(0), *inputs), *inputs)
    assert found.shape == (B, m, *shape[:2], 4)
    assert found.dtype == jnp.float32


@pytest.mark.parametrize("conditioner", CONDITIONERS)
def test_every_conditioner_acts_on_every_layer(conditioner):
    net = decoder(conditioner, (5, 6, 1), features=(6, 5, 4))
    inputs = normal(B, 1, D), normal(1, K, E)
    params = drawn(net, *inputs)
    assert {f"condition_{index}" for index in range(3)} <= set(params)
    plain = net.apply(params, *inputs)
    assert plain.shape[:2] == (B, 1 if conditioner == "none" else K)
    for index in range(3):
        changed = params | {f"condition_{index}": jax.tree.map(lambda a: -a, params[f"condition_{index}"])}
        assert bool(jnp.allclose(net.apply(changed, *inputs), plain)) == (conditioner == "none")


def test_backbone_is_the_loop_over_channels():
    net = decoder("film", (5, 3, 1), features=(6, 4), kernel_size=3)
    z, e = normal(B, K, D), normal(1, K, E, seed=1)
    params = drawn(net, z, e)
    found = np.asarray(jax.jit(net.apply)(params, z, e))
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
        np.testing.assert_allclose(found[n, c], layer(1, fine[:5, :3], embedding), rtol=1e-3, atol=1e-3)


def test_backbone_parameters_do_not_depend_on_how_many_channels_are_decoded():
    net = decoder("film", (5, 6, 1))
    every = jax.eval_shape(net.init, jax.random.key(0), normal(1, K, D), normal(1, K, E))
    gated = jax.eval_shape(net.init, jax.random.key(0), normal(B, 1, D), normal(B, 1, E))
    assert jax.tree.map(lambda a: a.shape, every) == jax.tree.map(lambda a: a.shape, gated)


NETS = {
    "encoder": (encoder(EncoderParams(features=(4, 6)), context((7, 5, 3))), (normal(B, 7, 5, 3),)),
    "backbone": (decoder("film", (7, 5, 3), features=(6, 5, 4)), (normal(B, K, D), normal(1, K, E))),
}


def total(net):
    return lambda params, *inputs: sum(
        (leaf**2).sum() for leaf in jax.tree.leaves(net.apply(params, *inputs))
    )


@pytest.mark.parametrize("name", NETS)
def test_no_convolution_is_dilated_and_all_are_channels_last(name):
    net, inputs = NETS[name]
    params = drawn(net, *inputs)
    found = convolutions(jax.grad(total(net), argnums=tuple(range(1 + len(inputs)))), params, *inputs)
    # Two of the backbone's layers convolve, forward and back.
    assert len(found) == (4 if name == "backbone" else 0)
    channels_last = jax.lax.conv_dimension_numbers((1,) * 4, (1,) * 4, LAYOUT)
    for convolution in found:
        assert set(convolution["window_strides"]) == {1}
        assert set(convolution["lhs_dilation"] + convolution["rhs_dilation"]) == {1}
        assert convolution["dimension_numbers"] == channels_last


@pytest.mark.parametrize("name", NETS)
def test_gradients_are_finite_and_reach_every_parameter_and_input(name):
    net, inputs = NETS[name]
    params = drawn(net, *inputs)
    gradient = jax.jit(jax.grad(total(net), argnums=tuple(range(1 + len(inputs)))))(params, *inputs)
    for leaf in jax.tree.leaves(gradient):
        assert jnp.isfinite(leaf).all()
        assert (leaf != 0).any()


@pytest.mark.parametrize("name", NETS)
def test_nets_compile_once(name):
    net, inputs = NETS[name]
    traces = []

    @jax.jit
    def apply(params, *arrays):
        traces.append(1)
        return net.apply(params, *arrays)

    params = net.init(jax.random.key(0), *inputs)
    apply(params, *inputs)
    apply(jax.tree.map(lambda leaf: 2 * leaf, params), *(2 * array for array in inputs))
    assert len(traces) == 1


@pytest.mark.parametrize("name", NETS)
def test_nets_are_functions_of_their_key(name):
    net, inputs = NETS[name]
    init = jax.jit(net.init)
    first, again, other = (jax.tree.leaves(init(jax.random.key(seed), *inputs)) for seed in (0, 0, 1))
    assert all(jnp.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(not jnp.array_equal(a, b) for a, b in zip(first, other, strict=True))
    assert {leaf.dtype for leaf in first} == {jnp.dtype("float32")}
