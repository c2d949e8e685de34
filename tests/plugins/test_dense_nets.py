"""Shapes, finiteness and determinism of the dense nets, in both layouts and with every conditioner."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.backbones import params as backbone_params
from rcmvae_plugins.backbones.dense import dense as backbone
from rcmvae_plugins.conditioners.film import film
from rcmvae_plugins.conditioners.none import none
from rcmvae_plugins.encoders import params as encoder_params
from rcmvae_plugins.encoders.dense import dense as encoder

from rcmvae_core.plugin.parameters import NoParams

from .nets import B, D, E, K, abstract, context, drawn, normal

F = 6
X = jnp.linspace(0, 1, B * 12).reshape(B, 2, 3, 2)
ACTIVATIONS = ("relu", "gelu", "silu", "elu", "tanh", "softplus")
CONDITIONERS = {"film": film, "none": none}


def embeddings(rows=1):
    return normal(rows, K, E)


def latents(k):
    return normal(B, k, D, seed=1)


def decoder(conditioner):
    place = context()
    return backbone(
        backbone_params.DenseParams(hidden=(7, F)), place, CONDITIONERS[conditioner](NoParams(), place)
    )


@pytest.mark.parametrize(("layout", "k"), [("decentralized", K), ("shared", 1)])
@pytest.mark.parametrize("hidden", [(), (7,), (7, 5)])
def test_encoder_shapes(layout, k, hidden):
    net = encoder(encoder_params.DenseParams(hidden=hidden), context(layout=layout))
    actual = jax.eval_shape(net.apply, abstract(net, X), X)
    assert [array.shape for array in actual] == [(B, K), (B, k, D), (B, k, D)]
    assert {array.dtype for array in actual} == {jnp.dtype("float32")}


@pytest.mark.parametrize("shape", [(12,), (2, 3, 2)])
def test_encoder_reads_rows_and_images_alike(shape):
    net = encoder(encoder_params.DenseParams(hidden=(7,)), context(input_shape=shape))
    x = X.reshape(B, *shape)
    assert abstract(net, x)["hidden_0"]["kernel"].shape == (12, 7)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_builds(activation):
    net = encoder(encoder_params.DenseParams(hidden=(7,), activation=activation), context())
    assert jax.eval_shape(net.apply, abstract(net, X), X).logits.shape == (B, K)
    place = context()
    layer = backbone(
        backbone_params.DenseParams(hidden=(7,), activation=activation), place, none(NoParams(), place)
    )
    params = drawn(layer, latents(K), embeddings())
    linear = np.asarray(latents(K)) @ np.asarray(params["hidden_0"]["kernel"])
    linear += np.asarray(params["hidden_0"]["bias"])
    actual = layer.apply(params, latents(K), embeddings())
    np.testing.assert_allclose(actual, getattr(jax.nn, activation)(linear), rtol=1e-4, atol=1e-5)


def test_the_gain_of_the_encoder_acts_around_the_middle_of_the_range():
    plain, net = (
        encoder(encoder_params.DenseParams(hidden=(7,), input_gain=gain), context()) for gain in (None, 8.0)
    )
    params = drawn(net, X)
    for actual, expected in zip(net.apply(params, X), plain.apply(params, 8 * (X - 0.5)), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


def test_encoder_starts_near_the_prior():
    net = encoder(encoder_params.DenseParams(), context())
    x = jnp.asarray(np.random.default_rng(2).uniform(size=(32, 2, 3, 2)), jnp.float32)
    actual = jax.jit(lambda key, x: net.apply(net.init(key, x), x))(jax.random.key(0), x)
    kl = 0.5 * (np.square(actual.mean) + np.expm1(actual.log_var) - np.asarray(actual.log_var)).sum(-1)
    assert 0 < kl.mean() < 0.1 * D


@pytest.mark.parametrize("scale", [-1e6, 1e6])
def test_log_var_stays_where_exp_is_finite_and_has_finite_gradients(scale):
    net = encoder(encoder_params.DenseParams(hidden=(7,)), context())
    params = jax.tree.map(lambda leaf: np.asarray(leaf) * np.float32(scale), drawn(net, X))

    def value(params):
        actual = net.apply(params, X)
        return jnp.exp(actual.log_var).sum() + jnp.exp(-actual.log_var).sum()

    total, gradient = jax.jit(jax.value_and_grad(value))(params)
    assert np.abs(net.apply(params, X).log_var).max() <= 10
    assert np.isfinite(total)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))


@pytest.mark.parametrize(
    ("conditioner", "k", "rows", "m"),
    [
        ("film", K, 1, K),
        ("film", K, B, K),
        ("film", 1, 1, K),
        ("film", 1, B, K),
        ("none", K, 1, K),
        ("none", 1, 1, 1),
        ("none", 1, B, 1),
    ],
)
def test_backbone_shapes(conditioner, k, rows, m):
    net = decoder(conditioner)
    params = abstract(net, latents(k), embeddings(rows))
    actual = jax.eval_shape(net.apply, params, latents(k), embeddings(rows))
    assert actual.shape == (B, m, F)
    assert actual.dtype == jnp.float32


def test_backbone_parameters_do_not_depend_on_how_many_channels_are_decoded():
    net = decoder("film")
    every = abstract(net, latents(K), embeddings())
    gated = abstract(net, latents(1), embeddings(B)[:, :1])
    assert jax.tree.map(lambda a: a.shape, every) == jax.tree.map(lambda a: a.shape, gated)


def test_backbone_is_linear_map_then_film_then_activation_each_layer_with_its_own():
    net = decoder("film")
    params = drawn(net, latents(K), embeddings())
    table, h = jax.tree.map(np.asarray, params), np.asarray(latents(K))
    e = np.asarray(embeddings())
    for index in range(2):
        layer, film_of = table[f"hidden_{index}"], table[f"condition_{index}"]
        gamma, beta = (e @ film_of[n]["kernel"] + film_of[n]["bias"] for n in ("gamma", "beta"))
        h = np.maximum((1 + gamma) * (h @ layer["kernel"] + layer["bias"]) + beta, 0)
    np.testing.assert_allclose(net.apply(params, latents(K), embeddings()), h, rtol=1e-4, atol=1e-4)


def test_the_channel_is_seen_only_through_the_conditioner():
    z = jnp.broadcast_to(latents(1), (B, K, D))
    for name, alike in (("none", True), ("film", False)):
        net = decoder(name)
        params = drawn(net, z, embeddings())
        actual = np.asarray(net.apply(params, z, embeddings()))
        assert np.allclose(actual[:, :1], actual) == alike


@pytest.mark.parametrize(
    ("net", "inputs"),
    [
        (encoder(encoder_params.DenseParams(hidden=(7,)), context()), (X,)),
        (decoder("film"), (latents(K), embeddings())),
        (decoder("none"), (latents(K), embeddings())),
    ],
    ids=["encoder", "film", "none"],
)
def test_nets_are_functions_of_their_key(net, inputs):
    init = jax.jit(net.init)
    first, again, other = (jax.tree.leaves(init(jax.random.key(seed), *inputs)) for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))
    assert {leaf.dtype for leaf in first} == {jnp.dtype("float32")}
