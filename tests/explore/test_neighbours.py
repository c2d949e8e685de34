"""The nearest inputs in latent space, against a loop over all of them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rcmvae_core.explore.neighbours import latent_space, nearest


def places(channels, dim, count=40):
    rng = np.random.default_rng(channels + dim)
    q = rng.dirichlet(np.full(channels, 0.3), count).astype(np.float32)
    return q, rng.normal(size=(count, dim)).astype(np.float32)


def distance(q, z, i, j, *, shared):
    planes = np.zeros(len(q), int) if shared else q.argmax(axis=1)
    hellinger = 1 - sum(math.sqrt(float(a) * float(b)) for a, b in zip(q[i], q[j], strict=True))
    own = z[planes == planes[i]].astype(float)
    variance = float(np.mean((own - own.mean(axis=0)) ** 2))
    apart = float(np.sum((z[i].astype(float) - z[j]) ** 2)) / (2 * z.shape[1] * variance)
    return math.sqrt(max(hellinger, 0) + (apart if planes[i] == planes[j] else 1.0))


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(("channels", "dim"), [(1, 1), (4, 2), (7, 8)])
def test_neighbours_are_those_of_a_loop(channels, dim, shared):
    q, z = places(channels, dim)
    space = latent_space(q, z, shared=shared)
    for i in (0, 17):
        expected = {j: distance(q, z, i, j, shared=shared) for j in range(len(q)) if j != i}
        found = nearest(space, i, 6)
        assert found.indices.tolist() == sorted(expected, key=expected.__getitem__)[:6]
        np.testing.assert_allclose(found.distances, sorted(expected.values())[:6], rtol=1e-4, atol=1e-4)


def test_distances_are_the_same_both_ways():
    space = latent_space(*places(4, 2), shared=False)
    there, back = nearest(space, 3, 39), nearest(space, 8, 39)
    assert there.distances[there.indices == 8] == pytest.approx(back.distances[back.indices == 3])


def test_equal_inputs_come_first_in_their_order():
    q, z = places(3, 2, 10)
    q[[2, 5, 7]], z[[2, 5, 7]] = q[1], z[1]
    found = nearest(latent_space(q, z, shared=False), 5, 3)
    assert found.indices.tolist() == [1, 2, 7]
    assert found.distances.max() < 1e-3


def test_fewer_inputs_than_asked_for():
    q, z = places(3, 2, 3)
    assert sorted(nearest(latent_space(q, z, shared=False), 1, 9).indices.tolist()) == [0, 2]
    assert len(nearest(latent_space(q[:1], z[:1], shared=False), 0, 9).indices) == 0


def test_blocks_do_not_matter(monkeypatch):
    space = latent_space(*places(4, 2), shared=False)
    whole = nearest(space, 5, 9)
    monkeypatch.setattr("rcmvae_core.explore.neighbours._BLOCK", 7)
    assert nearest(space, 5, 9).indices.tolist() == whole.indices.tolist()
