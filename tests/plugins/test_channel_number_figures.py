"""The contents of the figures of channels: distances, ownership, KL, routing, confidence and active units."""

import itertools

import numpy as np
import pytest
from rcmvae_plugins.figures.ownership import order_by_matching
from scipy.spatial.distance import cdist

from .figure_cases import picture, result
from .number_cases import numbers, run


def test_distances_are_euclidean_and_ordered_by_usage():
    arrays = numbers()
    drawn = result("embedding_distances", run(arrays))
    order = np.argsort(-arrays.responsibilities.mean(axis=0))
    expected = cdist(arrays.embeddings[order], arrays.embeddings[order])
    np.testing.assert_array_equal(drawn.table["channel"], np.repeat(order, 4))
    np.testing.assert_allclose(drawn.table["distance"], expected.ravel(), atol=1e-7)
    np.testing.assert_allclose(picture(drawn.figure.axes[0]), expected / expected.max(), atol=1e-7)


def planted_ownership():
    """Return arrays of 3 channels: 2 owns class 0, 0 owns class 1, and 1 has one input of class 1."""
    channels = np.array([2, 2, 2, 0, 0, 2, 1])
    labels = np.array([0, 0, 0, 1, 1, 1, 1])
    return numbers(n=7, channels=3, classes=2)._replace(responsibilities=np.eye(3)[channels], labels=labels)


def test_ownership_puts_the_best_matching_on_the_diagonal():
    drawn = result("ownership", run(planted_ownership()))
    assert drawn.figure.get_suptitle() == "71.4 % of 7 inputs on the diagonal"
    assert drawn.table["channel"].tolist() == ["2", "2", "0", "0", "1", "1"]
    assert drawn.table["class"].tolist() == ["name 0", "name 1"] * 3
    assert drawn.table["inputs"].tolist() == [3, 1, 0, 2, 0, 1]
    assert drawn.table["matched"].tolist() == [True, False, False, True, False, False]
    np.testing.assert_allclose(picture(drawn.figure.axes[0]), [[0.75, 0.25], [0, 1], [0, 1]])


def test_ownership_leaves_out_channels_without_inputs():
    arrays = planted_ownership()
    more = np.pad(arrays.responsibilities, ((0, 0), (2, 0)))
    drawn = result("ownership", run(arrays._replace(responsibilities=more)))
    assert drawn.table["channel"].tolist() == ["4", "4", "2", "2", "3", "3"]
    assert drawn.figure.get_suptitle().endswith("; 2 channels without inputs")


def test_ownership_folds_channels_and_classes():
    drawn = result("ownership", run(planted_ownership()), channels=1, classes=1)
    assert drawn.table["channel"].tolist() == ["2", "2", "others", "others"]
    assert drawn.table["class"].tolist() == ["name 0", "others"] * 2
    assert drawn.table["inputs"].tolist() == [3, 1, 0, 3]


@pytest.mark.parametrize("seed", range(5))
def test_the_matching_is_the_best_of_all(seed):
    counts = np.random.default_rng(seed).integers(0, 9, (5, 4))
    ordered = order_by_matching(counts, by_class=True)
    best = max(sum(counts[c, y] for y, c in enumerate(cs)) for cs in itertools.permutations(range(5), 4))
    pairs = slice(ordered.pairs)
    assert counts[ordered.channels[pairs], ordered.classes[pairs]].sum() == best
    assert sorted(ordered.channels) == list(range(5))
    assert sorted(ordered.classes) == list(range(4))


def test_kl_of_a_channel_is_the_mean_over_its_own_inputs():
    own = np.array([0, 0, 1, 1, 1, 0])
    kl = np.where(own[:, None] == np.arange(2), np.array([3.0, 7.0]), 100.0)
    arrays = numbers(n=12, channels=2)._replace(
        responsibilities=np.repeat(np.eye(2)[own], 2, axis=0), channel_kl=kl
    )
    drawn = result("channel_kl", run(arrays))
    np.testing.assert_array_equal(drawn.table["channel"], ["0", "1"])
    np.testing.assert_allclose(drawn.table["kl_own_inputs"], [3, 7])
    np.testing.assert_allclose(drawn.table["kl_all_inputs"], [51.5, 53.5])
    np.testing.assert_allclose(drawn.table["inputs"], [3, 3])
    assert [bar.get_height() for bar in drawn.figure.axes[0].patches] == [3, 7]
    assert drawn.figure.get_suptitle().startswith("KL of 5 nats")


def test_kl_leaves_out_what_is_not_finite():
    kl = np.array([[1.0, 2.0], [np.nan, 2.0], [3.0, 2.0]])
    arrays = numbers(n=6, channels=2)._replace(responsibilities=np.tile([1.0, 0.0], (6, 1)), channel_kl=kl)
    drawn = result("channel_kl", run(arrays))
    np.testing.assert_allclose(drawn.table["kl_own_inputs"], [2])
    assert drawn.figure.get_suptitle() == "KL of 2 nats on average under q(c|x); 1 hardly used"


def test_hardness_counts_the_largest_weights():
    soft = np.array([[0.5, 0.5, 0, 0], [0.9, 0.1, 0, 0], [0.25, 0.25, 0.25, 0.25]])
    hard = np.eye(4)[[0, 1, 2]]
    arrays = numbers(n=6)._replace(selections=soft, noisy_selections=hard)
    drawn = result("routing_hardness", run(arrays), bins=4)
    assert drawn.table["inputs_without_noise"].tolist() == [0, 1, 1, 1]
    assert drawn.table["inputs_with_noise"].tolist() == [0, 0, 0, 3]
    assert drawn.figure.get_suptitle() == "largest weight on average 0.550 without noise, 1.000 with noise"


def test_confidence_and_effective_channels_of_inputs():
    q = np.vstack([np.eye(4)[[0, 1, 2]], np.full((1, 4), 0.25), [[0.5, 0.5, 0, 0]]])
    drawn = result("responsibility_confidence", run(numbers(n=5)._replace(responsibilities=q)), bins=2)
    counts = drawn.table["inputs"].tolist()
    assert counts == [1, 4, 4, 1]  # max q of 0.25 is below one half; 4 effective channels are in [2.5, 4]
    assert drawn.table["low"].tolist() == [0, 0.5, 1, 2.5]
    assert drawn.figure.get_suptitle().startswith("largest q(c|x) 0.750 on average; 1.80 effective channels")


def test_active_units_are_those_whose_mean_varies_over_their_inputs():
    own = np.array([0, 1, 0, 1])
    means = np.zeros((4, 2, 2))
    means[own == 0, 0, 0] = [1, -1]  # variance 1 over the channel's own inputs
    means[own == 1, 1, 1] = [0.2, -0.2]  # variance 0.04
    means[own == 0, 1, 0] = [9, -9]  # of another channel's inputs, which do not count
    arrays = numbers(n=8, channels=2)._replace(
        responsibilities=np.repeat(np.eye(2)[own], 2, axis=0), channel_means=means
    )
    drawn = result("active_units", run(arrays))
    np.testing.assert_allclose(drawn.table["variance"], [1, 0.04, 0, 0])
    assert drawn.table["channel"].tolist()[:2] == [0, 1]
    assert drawn.table["unit"].tolist()[:2] == [0, 1]
    assert drawn.table["active"].tolist() == [True, True, False, False]
    assert drawn.figure.get_suptitle() == "2 of 4 units active"


def test_active_units_of_a_shared_latent_are_over_all_inputs():
    means = np.array([[[1.0, 0.0]], [[-1.0, 0.0]], [[1.0, 0.0]], [[-1.0, 0.0]]])
    drawn = result("active_units", run(numbers(n=8)._replace(channel_means=means)))
    np.testing.assert_allclose(drawn.table["variance"], [1, 0])
