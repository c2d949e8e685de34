"""Metrics of channels against classes: those of scikit-learn, and assignments by brute force."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from tests.plugins.metric_cases import clustered, measured, one_hot, planted, reason

NAMES = ("nmi", "ari", "purity", "clustering_accuracy", "ownership_diagonal")


def best_sum(values) -> tuple[float, int]:
    """The largest sum of a one-to-one assignment, and its size, by trying all."""
    rows, columns = values.shape
    if rows > columns:
        return best_sum(values.T)
    sums = (
        sum(values[row, column] for row, column in enumerate(p)) for p in permutations(range(columns), rows)
    )
    return max(sums), rows


def counted(channels, labels, shape) -> np.ndarray:
    counts = np.zeros(shape)
    for channel, label in zip(channels, labels, strict=True):
        counts[channel, label] += 1
    return counts


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 6), st.integers(2, 6), st.integers(0, 10**6))
def test_assignments_are_the_best_of_all(channel_count, class_count, seed) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 40))
    channels, labels = rng.integers(0, channel_count, count), rng.integers(0, class_count, count)
    labels[:2] = 0, 1
    data, counts = (
        clustered(channels, labels, channel_count),
        counted(channels, labels, (channel_count, class_count)),
    )
    best, _ = best_sum(counts)
    assert measured("clustering_accuracy", data) == pytest.approx(best / count)
    used = counts[counts.any(axis=1)][:, : labels.max() + 1]
    total, pairs = best_sum(used / used.sum(axis=1, keepdims=True))
    assert measured("ownership_diagonal", data) == pytest.approx(total / pairs)
    assert measured("purity", data) == pytest.approx(counts.max(axis=1).sum() / count)
    assert measured("purity", data) >= measured("clustering_accuracy", data)
    expected = sk.normalized_mutual_info_score(labels, channels)
    assert measured("nmi", data) == pytest.approx(expected)
    assert measured("ari", data) == pytest.approx(sk.adjusted_rand_score(labels, channels))


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(5)), st.integers(0, 10**6))
def test_the_numbers_of_channels_do_not_matter(order, seed) -> None:
    rng = np.random.default_rng(seed)
    channels, labels = rng.integers(0, 5, 30), np.arange(30) % 3
    one, other = clustered(channels, labels, 5), clustered(np.array(order)[channels], labels, 5)
    assert [measured(name, one) for name in NAMES] == pytest.approx([measured(name, other) for name in NAMES])


def test_planted_channels() -> None:
    labels = np.repeat([0, 1, 2], 10)
    assert [measured(name, clustered((labels + 1) % 3, labels)) for name in NAMES] == [1] * 5
    halves = np.repeat([0, 1, 2], 10) * 2 + np.arange(30) % 2  # two channels for each class
    found = {name: measured(name, clustered(halves, labels)) for name in NAMES}
    assert found["purity"] == found["ownership_diagonal"] == 1
    assert found["clustering_accuracy"] == 0.5
    assert found["nmi"] == pytest.approx(2 * np.log(3) / (np.log(3) + np.log(6)))


def test_channels_count_alike_in_ownership() -> None:
    """Channel 0 has nine inputs of class 0 and one of class 1; channel 1 one of each."""
    data = clustered([0] * 10 + [1] * 2, [0] * 9 + [1] + [0, 1])
    assert measured("ownership_diagonal", data) == pytest.approx((0.9 + 0.5) / 2)
    assert measured("clustering_accuracy", data) == pytest.approx(10 / 12)


@pytest.mark.parametrize("name", NAMES)
def test_they_do_not_apply(name) -> None:
    assert reason(name, clustered([0, 1, 0], [-1] * 3)) == "no held-out input has a label"
    assert reason(name, clustered([0, 0, 0], [0, 1, 0])) == "the model has fewer than two channels"
    assert reason(name, clustered([0, 1, 0], [2, 2, -1])) == "the held-out inputs are of one class"
    assert reason(name, planted()) == "the model has fewer than two channels"


def in_latents(seed=0, count=120):
    rng = np.random.default_rng(seed)
    channels, labels = rng.integers(0, 3, count), rng.integers(-1, 3, count)
    labels[channels == 2] = 1
    data = clustered(channels, labels)
    latents = rng.normal(size=(count, 2)) + labels[:, None]
    return data._replace(arrays=data.arrays._replace(latents=latents)), channels, labels, latents


def test_the_silhouette_is_that_of_scikit_learn() -> None:
    data, channels, labels, latents = in_latents()
    values = measured("silhouette", data)
    assert set(values) == {"0", "1"}  # channel 2 has one class
    for channel in (0, 1):
        own = (channels == channel) & (labels >= 0)
        assert values[str(channel)] == pytest.approx(sk.silhouette_score(latents[own], labels[own]))


def test_the_silhouette_of_many_inputs_is_that_of_some_of_them() -> None:
    data, channels, labels, latents = in_latents(count=3000)
    own = np.flatnonzero((channels == 0) & (labels >= 0))
    own = own[np.linspace(0, len(own) - 1, 50).astype(int)]
    values = measured("silhouette", data, inputs=50)
    assert values == measured("silhouette", data, inputs=50)
    assert values["0"] == pytest.approx(sk.silhouette_score(latents[own], labels[own]))


def test_the_silhouette_does_not_apply() -> None:
    data, *_ = in_latents()
    unlabelled = data.arrays._replace(labels=np.full(120, -1))
    message = "no channel has labelled inputs of two classes"
    assert reason("silhouette", data._replace(arrays=unlabelled)) == message
    single = data.arrays._replace(labels=np.zeros(120, int))
    assert reason("silhouette", data._replace(arrays=single)) == message
    assert reason("silhouette", planted(responsibilities=one_hot([0], 1))) == "there are no latents"
