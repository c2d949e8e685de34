"""FiLM against a loop over every lead shape; `none` leaves features alone."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_plugins.conditioners.film import film
from rcmvae_plugins.conditioners.none import none

from rcmvae_core.params import NoParams

B, K, F, E = 2, 3, 4, 5
LEADS = [
    ((B, 1), (1, K)),
    ((B, K), (1, K)),
    ((B, K), (B, K)),
    ((B, 1), (B, K)),
    ((1, 1), (1, K)),
    ((B,), (B,)),
]
SPATIAL = [(), (2,), (2, 3)]
CASES = list(itertools.product(LEADS, SPATIAL))


def arrays(leads, spatial):
    rng = np.random.default_rng(0)
    h = rng.standard_normal((*leads[0], *spatial, F), np.float32)
    return jnp.asarray(h), jnp.asarray(rng.standard_normal((*leads[1], E), np.float32))


def randomise(params):
    rng = np.random.default_rng(9)
    return jax.tree.map(lambda leaf: jnp.asarray(rng.standard_normal(leaf.shape, np.float32)), params)


def loop(params, h, e):
    """One place of the broadcast result at a time."""
    h, e, params = jax.tree.map(np.asarray, (h, e, params))
    spatial = h.shape[e.ndim - 1 : -1]
    lead = np.broadcast_shapes(h.shape[: e.ndim - 1], e.shape[:-1])
    h = np.broadcast_to(h, (*lead, *spatial, F))
    e = np.broadcast_to(e, (*lead, E))
    out = np.zeros(h.shape)
    for index in np.ndindex(*lead):
        gamma = e[index] @ params["gamma"]["kernel"] + params["gamma"]["bias"]
        beta = e[index] @ params["beta"]["kernel"] + params["beta"]["bias"]
        for place in np.ndindex(*spatial):
            out[(*index, *place)] = (1 + gamma) * h[(*index, *place)] + beta
    return out


@pytest.mark.parametrize(("leads", "spatial"), CASES)
def test_film_starts_as_the_identity_and_is_the_loop_afterwards(make_context, leads, spatial):
    net = film(NoParams(), make_context())
    h, e = arrays(leads, spatial)
    params, apply = jax.jit(net.init)(jax.random.key(1), h, e), jax.jit(net.apply)
    start = apply(params, h, e)
    np.testing.assert_array_equal(start, np.broadcast_to(h, start.shape))
    learned = randomise(params)
    out = apply(learned, h, e)
    assert out.dtype == jnp.float32
    np.testing.assert_allclose(out, loop(learned, h, e), rtol=1e-4, atol=1e-5)


def test_film_computes_scales_on_the_rows_of_the_embedding_alone(make_context):
    net = film(NoParams(), make_context())
    h, e = arrays(((64, K), (1, K)), ())
    jaxpr = jax.make_jaxpr(net.apply)(net.init(jax.random.key(1), h, e), h, e)
    products = [eqn.outvars[0].aval.shape for eqn in jaxpr.eqns if eqn.primitive.name == "dot_general"]
    assert products == [(1, K, F), (1, K, F)]


def test_film_learns_from_its_start(make_context):
    net = film(NoParams(), make_context())
    h, e = arrays(((B, 1), (1, K)), ())
    gradient = jax.grad(lambda p: (net.apply(p, h, e) ** 2).sum())(net.init(jax.random.key(1), h, e))
    assert all((leaf != 0).any() for leaf in jax.tree.leaves(gradient))


def test_none_has_no_parameters_and_returns_the_features(make_context):
    net = none(NoParams(), make_context())
    h, e = arrays(((B, 1), (1, K)), ())
    params = net.init(jax.random.key(1), h, e)
    assert params == {}
    assert net.apply(params, h, e) is h
