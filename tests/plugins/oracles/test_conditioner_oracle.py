"""Conditioners against loops over every row and place, in plain NumPy."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.conditioners.cin import cin
from rcmvae_plugins.conditioners.component_aware import component_aware
from rcmvae_plugins.conditioners.concat import concat
from rcmvae_plugins.conditioners.film import film
from rcmvae_plugins.conditioners.none import none
from rcmvae_plugins.conditioners.params import ComponentAwareParams, ConcatParams

from rcmvae_core.plugin.parameters import NoParams

B, K, F, E, UNITS = 2, 3, 4, 5, 6
LEADS = [
    ((B, 1), (1, K)),
    ((B, K), (1, K)),
    ((B, K), (B, K)),
    ((B, 1), (B, K)),
    ((1, 1), (1, K)),
    ((B,), (B,)),
]
SPATIAL = [(), (2,), (2, 3), (1, 1)]
CASES = list(itertools.product(LEADS, SPATIAL))
NAMES = ["film", "cin", "concat", "component_aware"]


def build(name, context, activation="relu"):
    if name == "concat":
        return concat(ConcatParams(units=UNITS), context)
    if name == "component_aware":
        return component_aware(ComponentAwareParams(units=UNITS, activation=activation), context)
    return {"film": film, "cin": cin}[name](NoParams(), context)


def arrays(leads, spatial):
    rng = np.random.default_rng(0)
    h = rng.standard_normal((*leads[0], *spatial, F), np.float32)
    return jnp.asarray(h), jnp.asarray(rng.standard_normal((*leads[1], E), np.float32))


def randomise(params):
    rng = np.random.default_rng(9)
    return jax.tree.map(lambda leaf: jnp.asarray(rng.standard_normal(leaf.shape, np.float32)), params)


def linear(layer, values):
    return values @ layer["kernel"] + layer.get("bias", 0.0)


def normalised(h):
    """One feature at a time over its places, or one place over its features."""
    rows = h.reshape(-1, F)
    out = np.zeros_like(rows)
    if len(rows) == 1:
        out[0] = (rows[0] - rows[0].mean()) / np.sqrt(rows[0].var() + 1e-5)
    else:
        for feature in range(F):
            values = rows[:, feature]
            out[:, feature] = (values - values.mean()) / np.sqrt(values.var() + 1e-5)
    return out.reshape(h.shape)


def modulated(params, h, e):
    return (1 + linear(params["gamma"], e)) * h + linear(params["beta"], e)


def at_every_place(function, h):
    places = np.ndindex(*h.shape[:-1])
    out = np.stack([function(h[place]) for place in places])
    return out.reshape(*h.shape[:-1], -1)


def joined(params, place, e):
    latent = np.maximum(linear(params["latent"], place), 0)
    component = np.maximum(linear(params["component"], e), 0)
    join = np.concatenate([params["join_latent"]["kernel"], params["join_component"]["kernel"]])
    return np.concatenate([latent, component]) @ join + params["join_component"]["bias"]


ORACLES = {
    "film": lambda p, h, e: at_every_place(lambda place: modulated(p, place, e), h),
    "cin": lambda p, h, e: at_every_place(lambda place: modulated(p, place, e), normalised(h)),
    "concat": lambda p, h, e: at_every_place(
        lambda place: np.concatenate([place, linear(p["embedding"], e)]), h
    ),
    "component_aware": lambda p, h, e: at_every_place(lambda place: joined(p, place, e), h),
}


def loop(name, params, h, e):
    """One row of the broadcast result at a time."""
    h, e, params = jax.tree.map(lambda a: np.asarray(a, np.float64), (h, e, params))
    lead = np.broadcast_shapes(h.shape[: e.ndim - 1], e.shape[:-1])
    h = np.broadcast_to(h, (*lead, *h.shape[e.ndim - 1 :]))
    e = np.broadcast_to(e, (*lead, E))
    rows = np.stack([ORACLES[name](params, h[index], e[index]) for index in np.ndindex(*lead)])
    return rows.reshape(*lead, *rows.shape[1:])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("leads", "spatial"), CASES)
def test_a_conditioner_is_the_loop(make_context, name, leads, spatial):
    net = build(name, make_context())
    h, e = arrays(leads, spatial)
    params = randomise(jax.eval_shape(net.init, jax.random.key(1), h, e))
    out = jax.jit(net.apply)(params, h, e)
    assert out.dtype == jnp.float32
    np.testing.assert_allclose(out, loop(name, params, h, e), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("leads", "spatial"), CASES)
def test_film_starts_as_the_identity(make_context, leads, spatial):
    net = build("film", make_context())
    h, e = arrays(leads, spatial)
    start = net.apply(net.init(jax.random.key(1), h, e), h, e)
    np.testing.assert_array_equal(start, np.broadcast_to(h, start.shape))


@pytest.mark.parametrize("spatial", SPATIAL)
def test_cin_starts_as_the_normalisation(make_context, spatial):
    net = build("cin", make_context())
    h, e = arrays(((B, K), (1, K)), spatial)
    start = net.apply(net.init(jax.random.key(1), 100 * h + 7, e), 100 * h + 7, e)
    rows = np.asarray(start).reshape(B, K, -1, F)
    axis = 2 if rows.shape[2] > 1 else 3
    np.testing.assert_allclose(rows.mean(axis), 0, atol=1e-4)
    np.testing.assert_allclose(rows.var(axis), 1, rtol=1e-3)


def test_cin_is_finite_where_features_are_constant(make_context):
    net = build("cin", make_context())
    h, e = arrays(((B, K), (1, K)), (2, 3))
    params = randomise(jax.eval_shape(net.init, jax.random.key(1), h, e))
    slope = jax.grad(lambda h: (net.apply(params, h, e) ** 2).sum())(jnp.ones_like(h))
    assert jnp.isfinite(slope).all()


@pytest.mark.parametrize("activation", ["gelu", "silu", "elu", "tanh", "softplus"])
def test_component_aware_uses_its_activation_in_both_paths(make_context, activation):
    net = build("component_aware", make_context(), activation)
    h, e = arrays(((B, K), (1, K)), ())
    params = randomise(jax.eval_shape(net.init, jax.random.key(1), h, e))
    act = getattr(jax.nn, activation)
    latent, component = (act(linear(params[name], v)) for name, v in (("latent", h), ("component", e)))
    expected = linear(params["join_latent"], latent) + linear(params["join_component"], component)
    np.testing.assert_allclose(net.apply(params, h, e), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "products"),
    [
        ("film", [(K, F), (K, F)]),
        ("cin", [(K, F), (K, F)]),
        ("concat", [(K, UNITS)]),
        ("component_aware", [(K, UNITS), (K, F), (64 * 2, F), (64 * 2, F)]),
    ],
)
def test_linear_maps_see_rows_before_they_broadcast(make_context, name, products):
    net = build(name, make_context())
    h, e = arrays(((64, 1), (1, K)), (2,))
    jaxpr = jax.make_jaxpr(net.apply)(net.init(jax.random.key(1), h, e), h, e)
    actual = [eqn.outvars[0].aval.shape for eqn in jaxpr.eqns if eqn.primitive.name == "dot_general"]
    assert sorted(actual) == sorted(products)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("spatial", [(), (2, 3)])
def test_a_conditioner_learns_from_its_start(make_context, name, spatial):
    net = build(name, make_context())
    h, e = arrays(((B, 1), (1, K)), spatial)
    weights = jnp.asarray(np.random.default_rng(4).standard_normal((B, K, *spatial, 1)), jnp.float32)
    gradient = jax.grad(lambda p: (weights * net.apply(p, h, e) ** 2).sum())(
        net.init(jax.random.key(1), h, e)
    )
    assert all((leaf != 0).any() for leaf in jax.tree.leaves(gradient))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("spatial", [(), (2, 3)])
def test_the_gradient_reaches_every_embedding(make_context, name, spatial):
    net = build(name, make_context())
    h, e = arrays(((B, K), (1, K)), spatial)
    params = randomise(jax.eval_shape(net.init, jax.random.key(1), h, e))
    gradient = jax.grad(lambda e: (net.apply(params, h, e) ** 2).sum())(e)
    assert (jnp.abs(gradient).sum(-1) > 0).all()


def test_none_has_no_parameters_and_returns_the_features(make_context):
    net = none(NoParams(), make_context())
    h, e = arrays(((B, 1), (1, K)), ())
    params = net.init(jax.random.key(1), h, e)
    assert params == {}
    assert net.apply(params, h, e) is h
