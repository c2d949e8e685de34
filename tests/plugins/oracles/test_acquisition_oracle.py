"""Acquisitions: the inputs that each chooses, and the diversity of batches."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from rcmvae_plugins.acquisitions import PLUGINS
from rcmvae_plugins.acquisitions._batch import features
from rcmvae_plugins.acquisitions.params import BatchParams, DiverseParams

from rcmvae_core.plugin.declaration import load_object
from rcmvae_core.plugin.protocols import QueryPool

K, Y, N = 6, 4, 90
RNG = np.random.default_rng(5)
TAU = RNG.dirichlet(np.full(Y, 0.3), K)
Q = RNG.dirichlet(np.full(K, 0.3), N)
CANDIDATES = QueryPool(Q @ TAU, RNG.uniform(size=N), Q, RNG.normal(size=(N, 2)), RNG.uniform(size=N), TAU)
CANDIDATES = CANDIDATES._replace(labelled_responsibilities=Q[:3], labelled_latents=CANDIDATES.latents[:3])
BY_NAME = {plugin.name: plugin for plugin in PLUGINS}


def built(name, context, **values):
    plugin = BY_NAME[name]
    if name == "two_phase":
        values = {"first": built("typical", context), "then": built("margin", context)} | values
    return load_object(plugin.impl)(load_object(plugin.params)(**values), context())


def _boundary(i):
    shares = np.zeros(Y)
    for c in range(K):
        shares[TAU[c].argmax()] += Q[i, c]
    *_, second, first = sorted(shares)
    return 1 - (first - second)


WORTH = {
    "entropy": lambda i: -sum(p * np.log(p) for p in CANDIDATES.probabilities[i]),
    "margin": lambda i: 1 - np.diff(sorted(CANDIDATES.probabilities[i])[-2:])[0],
    "bald": lambda i: CANDIDATES.epistemic[i],
    "ood": lambda i: CANDIDATES.ood_quantile[i],
    "boundary": _boundary,
}


@pytest.mark.parametrize("name", WORTH)
def test_without_diversity_the_best_come_first(make_context, name) -> None:
    actual = built(name, make_context, diversity=0.0)(CANDIDATES, 12, jax.random.key(0))
    worth = np.array([WORTH[name](i) for i in range(N)])
    np.testing.assert_allclose(actual.scores, worth[actual.positions])
    np.testing.assert_allclose(actual.scores, np.sort(worth)[::-1][:12])


@pytest.mark.parametrize("name", BY_NAME)
def test_a_batch_has_no_one_twice_and_is_the_same_for_the_same_key(make_context, name) -> None:
    choose = built(name, make_context)
    for count in (1, 20, N, N + 5):
        actual = choose(CANDIDATES, count, jax.random.key(3))
        assert len(set(actual.positions.tolist())) == len(actual.positions) == min(count, N)
        again = choose(CANDIDATES, count, jax.random.key(3))
        np.testing.assert_array_equal(actual.positions, again.positions)
        np.testing.assert_array_equal(actual.scores, again.scores)
    others = {tuple(choose(CANDIDATES, 5, jax.random.key(k)).positions.tolist()) for k in range(4)}
    is_random = name in ("random", "diverse", "typical", "badge", "two_phase", "prob_cover")
    assert (len(others) > 1) == is_random


def test_equals_are_chosen_by_the_key(make_context) -> None:
    flat = CANDIDATES._replace(epistemic=np.ones(N))
    choose = built("bald", make_context, diversity=0.0)
    assert len({int(choose(flat, 1, jax.random.key(k)).positions[0]) for k in range(8)}) > 3


def least_distance(positions):
    points = features(CANDIDATES)[positions]
    distance = np.linalg.norm(points[:, None] - points[None], axis=-1)
    return distance[~np.eye(len(points), dtype=bool)].min()


def test_diversity_trades_worth_for_distance(make_context) -> None:
    actual = [
        built("entropy", make_context, diversity=d)(CANDIDATES, 8, jax.random.key(0)) for d in (0.0, 0.5, 1.0)
    ]
    worth = [one.scores.mean() for one in actual]
    far = [least_distance(one.positions) for one in actual]
    assert worth[0] > worth[1] > worth[2]
    assert far[0] < far[1] < far[2]
    assert len({int(one.positions[0]) for one in actual}) == 1  # the best is always asked about


def test_copies_are_not_asked_about_twice(make_context) -> None:
    """The five best are one input five times: a diverse batch takes it once."""
    worth = np.linspace(0, 0.5, N)
    copies = CANDIDATES.responsibilities.copy(), CANDIDATES.latents.copy()
    for array in copies:
        array[:5] = array[0]
    worth[:5] = 1.0
    candidates = CANDIDATES._replace(responsibilities=copies[0], latents=copies[1], epistemic=worth)
    plain = built("bald", make_context, diversity=0.0)(candidates, 5, jax.random.key(0))
    diverse = built("bald", make_context, diversity=0.7)(candidates, 5, jax.random.key(0))
    assert (plain.positions < 5).sum() == 5
    assert (diverse.positions < 5).sum() == 1


def test_k_center_covers_and_takes_the_farthest(make_context) -> None:
    points = features(CANDIDATES)
    actual = built("diverse", make_context)(CANDIDATES, 10, jax.random.key(1))
    for step in range(1, 10):
        chosen = points[actual.positions[:step]]
        distance = np.linalg.norm(points[:, None] - chosen[None], axis=-1).min(axis=1)
        assert actual.scores[step] == pytest.approx(distance.max())
    assert load_object(BY_NAME["diverse"].params) is DiverseParams


def test_k_means_never_draws_what_is_chosen(make_context) -> None:
    same = CANDIDATES._replace(responsibilities=Q[:1].repeat(N, 0), latents=np.zeros((N, 2)))
    for candidates in (CANDIDATES, same):
        actual = built("diverse", make_context, method="k_means")(candidates, 30, jax.random.key(0))
        assert len(set(actual.positions.tolist())) == 30


def test_boundary_does_not_ask_about_channels_with_mixed_labels(make_context) -> None:
    """One input is certain of a channel without labels, the other is between two channels with labels."""
    tau = np.array([[0.5, 0.5], [1.0, 0.0], [0.0, 1.0]])
    q = np.array([[1.0, 0.0, 0.0], [0.0, 0.6, 0.4]])
    two = QueryPool(q @ tau, np.zeros(2), q, np.zeros((2, 1)), np.zeros(2), tau)
    assert built("margin", make_context)(two, 1, jax.random.key(0)).positions[0] == 0
    assert built("boundary", make_context)(two, 1, jax.random.key(0)).positions[0] == 1


def test_typical_asks_for_the_middle_of_what_is_unknown(make_context) -> None:
    """One of three channels has labels; the larger of the others is chosen first, and again before that one."""
    sizes = 10, 8, 6
    q = np.eye(3)[np.repeat(range(3), sizes)]
    latents = np.concatenate(
        [np.linspace(-1, 1, size + 1)[:-1] + (0.02 if size == 8 else 0) for size in sizes]
    )
    tau = np.array([[0.98, 0.02], [0.5, 0.5], [0.5, 0.5]])
    some = QueryPool(q @ tau, np.zeros(24), q, latents[:, None], np.zeros(24), tau)
    third, known = set[int](), set[int]()
    for seed in range(20):
        actual = built("typical", make_context)(some, 5, jax.random.key(seed))
        of_known = 10 * -(0.98 * np.log(0.98) + 0.02 * np.log(0.02))
        values = np.log(2) * np.array([8, 6, 4, 3, 8 / 3])
        np.testing.assert_allclose(actual.scores, values)
        assert values[4] > of_known
        assert actual.positions.tolist()[:2] == [10 + _middle(latents[10:18]), 18 + _middle(latents[18:])]
        assert (q[actual.positions].argmax(axis=1) == [1, 2, 1, 2, 1]).all()
        third.add(int(actual.positions[2]))
        everyone = built("typical", make_context)(some, 24, jax.random.key(seed)).positions
        known.add(int(next(i for i in everyone if i < 10)))
    assert len(third) > 4
    assert len(known) > 4  # the middle of a known channel is not better than any of it


def _middle(values) -> int:
    return int(np.abs(values - values.mean()).argmin())


def test_typical_takes_from_channels_until_they_are_empty(make_context) -> None:
    actual = built("typical", make_context)(CANDIDATES, N, jax.random.key(0))
    assert sorted(actual.positions.tolist()) == list(range(N))
    likeliest = Q.argmax(axis=1)
    entropies = [-sum(p * np.log(p) for p in row) for row in TAU]
    worth = {c: (likeliest == c).sum() * entropies[c] for c in range(K)}
    for c in range(K):
        own = actual.scores[likeliest[actual.positions] == c]
        np.testing.assert_allclose(own, worth[c] / np.arange(1, len(own) + 1))


def test_random_is_uniform(make_context) -> None:
    choose = built("random", make_context)
    counts = np.zeros(N)
    for seed in range(300):
        counts[choose(CANDIDATES, 9, jax.random.key(seed)).positions] += 1
    expected = 300 * 9 / N
    assert np.square(counts - expected).sum() / expected < 1.5 * N  # χ² of N - 1 degrees of freedom


def test_parameters_have_their_defaults() -> None:
    assert (BatchParams().diversity, BatchParams().pool) == (0.5, 10)
