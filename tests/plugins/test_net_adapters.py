"""`from_linen` and `from_nnx`: pure functions, plain parameters, and no other state."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen, nnx

from rcmvae_core.plugin.flax_adapters import from_linen, from_nnx

X = jnp.linspace(-1, 1, 12).reshape(4, 3)


class LinenMlp(linen.Module):
    @linen.compact
    def __call__(self, x):
        return linen.Dense(2)(linen.tanh(linen.Dense(5)(x)))


class NnxMlp(nnx.Module):
    def __init__(self, rngs, x):
        self.layers = nnx.List([nnx.Linear(x.shape[-1], 5, rngs=rngs), nnx.Linear(5, 2, rngs=rngs)])

    def __call__(self, x):
        return self.layers[1](nnx.tanh(self.layers[0](x)))


class LinenWith(linen.Module):
    layer: linen.Module

    @linen.compact
    def __call__(self, x):
        return linen.Dense(2)(self.layer(x))


class LinenCounter(linen.Module):
    @linen.compact
    def __call__(self, x):
        self.variable("cache", "count", lambda: jnp.zeros(()))
        return x


NETS = {"linen": from_linen(LinenMlp()), "nnx": from_nnx(NnxMlp)}
NETS_AND_NAMES = [
    ("linen", {"Dense_0": {"kernel", "bias"}, "Dense_1": {"kernel", "bias"}}),
    ("nnx", {"layers": {"0", "1"}}),
]


@pytest.mark.parametrize(("name", "tree"), NETS_AND_NAMES)
def test_parameters_are_a_bare_dict_of_arrays_with_text_keys(name, tree):
    params = NETS[name].init(jax.random.key(0), X)
    assert {key: set(value) for key, value in params.items()} == tree
    assert {type(leaf) for leaf in jax.tree.leaves(params)} <= {type(X)}
    assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(params))


@pytest.mark.parametrize("name", NETS)
def test_apply_is_the_network(name):
    net = NETS[name]
    params = net.init(jax.random.key(0), X)
    layers = params["layers"].values() if name == "nnx" else params.values()
    first, second = (jax.tree.map(np.asarray, layer) for layer in layers)
    hidden = np.tanh(np.asarray(X) @ first["kernel"] + first["bias"])
    expected = hidden @ second["kernel"] + second["bias"]
    np.testing.assert_allclose(net.apply(params, X), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", NETS)
def test_apply_is_pure_under_every_transformation(name):
    net = NETS[name]
    params = jax.jit(net.init)(jax.random.key(0), X)
    plain = net.apply(params, X)
    np.testing.assert_allclose(jax.jit(net.apply)(params, X), plain, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(jax.vmap(net.apply, (None, 0))(params, X), plain, rtol=1e-5, atol=1e-6)
    assert jax.eval_shape(net.apply, jax.eval_shape(net.init, jax.random.key(0), X), X).shape == (4, 2)
    gradient = jax.grad(lambda p: net.apply(p, X).sum())(params)
    assert jax.tree.structure(gradient) == jax.tree.structure(params)
    scanned = jax.lax.scan(lambda carry, x: (carry, net.apply(carry, x[None])[0]), params, X)[1]
    np.testing.assert_allclose(scanned, plain, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NETS)
def test_init_is_a_function_of_its_key(name):
    init = jax.jit(NETS[name].init)
    first, again, other = (init(jax.random.key(seed), X) for seed in (0, 0, 1))
    same = jax.tree.map(np.array_equal, first, again)
    differs = [not np.array_equal(a, b) for a, b in zip(*map(jax.tree.leaves, (first, other)), strict=True)]
    assert all(jax.tree.leaves(same))
    assert any(differs)


def test_a_fresh_adapter_applies_parameters_of_another():
    params = NETS["nnx"].init(jax.random.key(0), X)
    np.testing.assert_array_equal(from_nnx(NnxMlp).apply(params, X), NETS["nnx"].apply(params, X))


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (LinenWith(linen.BatchNorm(use_running_average=False)), "`batch_stats`"),
        (LinenWith(linen.BatchNorm(use_running_average=True)), "`batch_stats`"),
        (LinenCounter(), "`cache`"),
        (LinenWith(linen.Dropout(0.5, deterministic=False)), "draws from a random stream"),
    ],
)
def test_linen_state_is_refused(module, message):
    with pytest.raises(TypeError, match=message) as error:
        from_linen(module).init(jax.random.key(0), X)
    assert type(module).__name__ in str(error.value)
    assert "parameters only" in str(error.value)


class NnxWith(nnx.Module):
    def __init__(self, layer, rngs):
        self.layer, self.out = layer, nnx.Linear(3, 2, rngs=rngs)

    def __call__(self, x):
        return self.out(self.layer(x))


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda rngs: nnx.BatchNorm(3, rngs=rngs), "layer.mean: BatchStat"),
        (lambda rngs: nnx.Dropout(0.5, rngs=rngs), "RngCount"),
    ],
)
def test_nnx_state_is_refused(layer, message):
    net = from_nnx(lambda rngs, _: NnxWith(layer(rngs), rngs))
    with pytest.raises(TypeError, match=message) as error:
        net.init(jax.random.key(0), X)
    assert "NnxWith" in str(error.value)
    assert "parameters only" in str(error.value)


def test_layers_without_state_are_welcome():
    normed = from_linen(LinenWith(linen.LayerNorm()))
    silent = from_linen(LinenWith(linen.Dropout(0.5, deterministic=True)))
    free = from_linen(linen.Sequential([linen.tanh]))
    for net in (normed, silent, free):
        assert net.apply(net.init(jax.random.key(0), X), X).shape[0] == 4
