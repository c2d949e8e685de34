"""Every plugin conforms, and computes its formula."""

from __future__ import annotations

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rcmvae_core import BuildContext, NoParams
from rcmvae_core.testing import check_plugin

from rcmvae_neighbours.affinities import Affinity, cosine, gaussian
from rcmvae_neighbours.low_rank import low_rank
from rcmvae_neighbours.neighbours import neighbours
from rcmvae_neighbours.params import GaussianParams, LowRankParams, NeighboursParams

CONTEXT = BuildContext(
    input_shape=(2,), examples=8, labelled=0, classes=0, channels=2, dim=2, embedding_dim=3,
    layout="decentralized", steps_per_epoch=1, epochs=1,
)  # fmt: skip
X = jnp.array([[0.0, 1.0], [0.0, 1.0], [1.0, 0.0]])


@pytest.mark.parametrize(
    ("kind", "name"),
    [("affinity", "gaussian"), ("affinity", "cosine"), ("conditioner", "low_rank"), ("loss", "neighbours")],
)
def test_it_conforms(kind, name):
    """The conformance checks pass."""
    report = check_plugin(kind, name)
    assert report.passed, str(report)


def test_the_gaussian_affinity():
    """Equal inputs have affinity 1; at a distance of h it is exp(-1/2)."""
    affinity = gaussian(GaussianParams(bandwidth=1.0), CONTEXT)
    assert isinstance(affinity, Affinity)
    near = np.exp(-0.5)
    np.testing.assert_allclose(affinity(X), [[1, 1, near], [1, 1, near], [near, near, 1]], rtol=1e-6)


def test_the_cosine_affinity():
    """Direction counts, brightness does not; the affinity of an input of zeros is 0."""
    x = jnp.array([[0.2, 0.2], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    half = np.sqrt(0.5)
    expected = [[1, 1, half, 0], [1, 1, half, 0], [half, half, 1, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(cosine(NoParams(), CONTEXT)(x), expected, atol=1e-6)


def loss(
    q, x=X, affinity=lambda x: jnp.exp(-jnp.abs(x[:, :1] - x[:, 0])), sharpness=lambda step: 1.0, step=0
):
    """The loss of responsibilities q, by example."""
    context = SimpleNamespace(parts={"affinity": [affinity]})
    inputs = SimpleNamespace(x=x, forward=SimpleNamespace(responsibilities=q), step=jnp.int32(step))
    return neighbours(NeighboursParams(sharpness), context)(inputs)


def test_equal_responsibilities_cost_nothing():
    """Whatever the responsibilities are."""
    np.testing.assert_allclose(loss(jnp.tile(jnp.array([0.3, 0.7]), (3, 1))), 0, atol=1e-7)


def test_certain_and_different_channels_cost_one():
    """The largest value."""
    np.testing.assert_allclose(loss(jnp.eye(2), x=X[:2]), 1, rtol=1e-6)


def test_neighbours_are_weighted_by_their_affinity():
    """The third input has an affinity of e^-1 to the others, and another channel."""
    q = jnp.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    far = np.exp(-1)
    np.testing.assert_allclose(loss(q), [far / (1 + far), far / (1 + far), 1], rtol=1e-6)


def test_sharpness_follows_the_step():
    """At step 3 affinities are cubed."""
    q = jnp.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    far = np.exp(-3)
    values = loss(q, sharpness=lambda step: step.astype(jnp.float32), step=3)
    np.testing.assert_allclose(values[0], far / (1 + far), rtol=1e-6)


def test_an_input_without_neighbours_costs_nothing():
    """No division by zero, also in the gradient."""
    value, gradient = jax.value_and_grad(
        lambda q: loss(q, affinity=lambda x: jnp.zeros((2, 2)), x=X[:2]).sum()
    )(jnp.eye(2))
    assert value == 0
    assert not gradient.any()


def test_low_rank_starts_as_the_identity_and_has_its_rank():
    """The change of features has at most rank r."""
    net, h, e = low_rank(LowRankParams(rank=2), CONTEXT), jnp.ones((5, 1, 7)), jnp.ones((1, 4, 3))
    params = net.init(jax.random.key(0), h, e)
    np.testing.assert_array_equal(net.apply(params, h, e), jnp.ones((5, 4, 7)))
    params["scales"]["kernel"] = jax.random.normal(jax.random.key(1), (3, 2))
    h = jax.random.normal(jax.random.key(2), (5, 1, 7))
    e = jax.random.normal(jax.random.key(3), (1, 4, 3))
    change = np.asarray(net.apply(params, h, e) - h).reshape(20, 7)
    assert np.linalg.matrix_rank(change, tol=1e-4) == 2


def test_low_rank_by_hand():
    """The formula, computed by hand for one row."""
    net, h, e = (
        low_rank(LowRankParams(rank=2), CONTEXT),
        jnp.array([[[1.0, 2.0]]]),
        jnp.array([[[3.0, 0.0, 1.0]]]),
    )
    u, v, w = np.array([[1.0, -1.0], [0.5, 2.0]]), np.array([[1.0, 0.0], [2.0, 1.0]]), np.ones((3, 2))
    params = {
        "down": {"kernel": v},
        "up": {"kernel": u},
        "scales": {"kernel": w, "bias": np.array([0.0, 1.0])},
    }
    expected = np.array([1.0, 2.0]) + ((np.array([4.0, 5.0]) * (np.array([1.0, 2.0]) @ v)) @ u)
    np.testing.assert_allclose(net.apply(params, h, e)[0, 0], expected, rtol=1e-6)
