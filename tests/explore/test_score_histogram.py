"""Histograms of a score: every input counts, and both share their bins."""

from __future__ import annotations

import numpy as np
import pytest

from rcmvae_core.explore.score_histogram import score_histogram


def drawn(count, seed=0):
    return np.random.default_rng(seed).normal(size=count)


def test_every_value_counts_once():
    training, inputs = np.sort(drawn(1000)), drawn(4000, 1) + 2
    histogram = score_histogram(training, inputs, bins=25)
    assert histogram.training.sum() == 1000
    assert histogram.inputs.sum() == 4000
    assert len(histogram.edges) == 26
    np.testing.assert_allclose(np.diff(histogram.edges), histogram.edges[1] - histogram.edges[0])
    assert (histogram.low, histogram.high) == (min(training[0], inputs.min()), inputs.max())


def test_a_far_value_counts_in_the_outer_bin_and_does_not_stretch_it():
    training = np.sort(drawn(5000))
    histogram = score_histogram(training, np.append(drawn(5000, 1), [1e9, -1e9, np.inf]))
    assert -6 < histogram.edges[0] < histogram.edges[-1] < 6
    assert histogram.inputs.sum() == 5002
    assert histogram.high == 1e9


@pytest.mark.parametrize("quantile", [0.5, 0.95, 1.0])
def test_the_threshold_leaves_its_share_of_training_inputs_above(quantile):
    training = np.sort(drawn(1001))
    histogram = score_histogram(training, drawn(100, 1) - 50, quantile=quantile)
    assert (training <= histogram.threshold).mean() == pytest.approx(quantile, abs=0.002)
    assert histogram.edges[0] <= histogram.threshold <= histogram.edges[-1]


def test_values_that_are_all_equal():
    histogram = score_histogram(np.full(3, 2.0), np.full(5, 2.0), bins=4)
    assert histogram.training.sum() == 3
    assert histogram.inputs.sum() == 5
    assert (np.diff(histogram.edges) > 0).all()


def test_values_that_are_no_numbers_are_left_out():
    histogram = score_histogram(np.array([1.0, np.nan]), np.full(3, np.nan), bins=4)
    assert histogram.training.sum() == 1
    assert histogram.inputs.sum() == 0
