"""`knn` against loops over points that are written out, block by block."""

from __future__ import annotations

import numpy as np
import pytest
from rcmvae_plugins.scores.neighbours import knn, reference_rows
from rcmvae_plugins.scores.params import KnnParams
from sklearn.neighbors import NearestNeighbors

from rcmvae_core.inference import latent_neighbours
from rcmvae_core.plugin.protocols import ForwardStats, ScoreInputs

K, D, N, T = 4, 3, 9, 60
TAU = np.zeros((K, 0))


def stats(count, seed):
    rng = np.random.default_rng(seed)
    fields = dict.fromkeys(ForwardStats._fields, np.zeros(count))
    q, z = rng.dirichlet(np.full(K, 0.4), count), rng.normal(2, 3, (count, D)) * np.array([1, 5, 0.1])
    return ForwardStats(**fields | {"responsibilities": q, "latents": z})


INPUTS = ScoreInputs(stats(N, 1), stats(T, 2), TAU)


def points(given: ForwardStats, training: ForwardStats, shared: bool) -> np.ndarray:
    """f(x) of each input, zeros included."""
    q, z = training.responsibilities, training.latents
    plane = [0 if shared else int(np.argmax(row)) for row in q]
    planes = range(1 if shared else K)
    own = {c: np.array([z[i] for i in range(len(z)) if plane[i] == c]).reshape(-1, D) for c in planes}
    mean = {c: own[c].mean(axis=0) if len(own[c]) else np.zeros(D) for c in planes}
    spread = {c: sum(np.mean((one - mean[c]) ** 2) for one in own[c]) for c in planes}
    pooled = sum(spread.values()) / len(z)
    rows = np.zeros((len(given.latents), K + K * D))
    for i, (weights, place) in enumerate(zip(given.responsibilities, given.latents, strict=True)):
        c = 0 if shared else int(np.argmax(weights))
        variance = (spread[c] + pooled) / (len(own[c]) + 1)
        rows[i, :K] = np.sqrt(weights / 2)
        rows[i, K + c * D : K + (c + 1) * D] = (place - mean[c]) / np.sqrt(2 * D * variance)
    return rows


@pytest.mark.parametrize("layout", ["decentralized", "shared"])
@pytest.mark.parametrize("normalise", [False, True])
@pytest.mark.parametrize("k", [1, 5, 10_000])
def test_the_distance_to_the_kth_neighbour_is_that_of_the_points(make_context, layout, normalise, k) -> None:
    score = knn(KnnParams(neighbours=k, normalise=normalise), make_context(layout=layout))
    own, others = (points(s, INPUTS.training, layout == "shared") for s in INPUTS[:2])
    if normalise:
        own, others = (p / np.linalg.norm(p, axis=1, keepdims=True) for p in (own, others))
    search = NearestNeighbors(algorithm="brute").fit(others)
    expected = search.kneighbors(own, min(k, T - 1))[0][:, -1]
    np.testing.assert_allclose(score(INPUTS), expected, rtol=1e-6)


def test_a_training_input_is_not_its_own_neighbour(make_context) -> None:
    score = knn(KnnParams(neighbours=3), make_context())
    p = points(INPUTS.training, INPUTS.training, False)
    apart = np.sort(np.linalg.norm(p[:, None] - p, axis=-1), axis=1)
    np.testing.assert_allclose(score(INPUTS._replace(stats=INPUTS.training)), apart[:, 3], rtol=1e-6)


def test_two_equal_training_inputs_are_neighbours(make_context) -> None:
    twice = ForwardStats(*(np.concatenate([array, array]) for array in INPUTS.training))
    score = knn(KnnParams(neighbours=1), make_context())
    np.testing.assert_allclose(score(ScoreInputs(twice, twice, TAU)), 0, atol=1e-6)


def test_blocks_give_what_one_gives(make_context, monkeypatch) -> None:
    score = knn(KnnParams(), make_context())
    whole = score(INPUTS)
    monkeypatch.setattr(latent_neighbours, "_BLOCK_VALUES", 2 * T)
    np.testing.assert_allclose(score(INPUTS), whole, rtol=1e-9)
    none = ForwardStats(*(array[:0] for array in INPUTS.stats))
    assert score(INPUTS._replace(stats=none)).shape == (0,)


def test_of_many_training_inputs_a_random_choice_is_searched(make_context) -> None:
    chosen = reference_rows(T, 20, 3)
    assert len(set(chosen.tolist())) == 20
    assert reference_rows(T, T, 3).tolist() == list(range(T))
    few = INPUTS._replace(training=ForwardStats(*(array[chosen] for array in INPUTS.training)))
    capped = knn(KnnParams(references=20, seed=3), make_context())
    np.testing.assert_allclose(capped(INPUTS), knn(KnnParams(), make_context())(few))


def test_far_inputs_of_a_channel_and_of_none_have_high_scores(make_context) -> None:
    rng, channels = np.random.default_rng(0), np.arange(T) % K
    training = INPUTS.training._replace(responsibilities=np.eye(K)[channels], latents=rng.normal(size=(T, D)))
    q = np.stack([np.eye(K)[0], np.eye(K)[0], np.full(K, 1 / K)])
    z = np.stack([np.zeros(D), np.full(D, 9.0), np.zeros(D)])
    given = INPUTS.stats._replace(responsibilities=q, latents=z)
    near, far, mixed = knn(KnnParams(neighbours=3), make_context())(ScoreInputs(given, training, TAU))
    assert far > mixed > near
