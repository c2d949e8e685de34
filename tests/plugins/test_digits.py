"""The digits data set."""

from __future__ import annotations

import numpy as np
import pytest
from rcmvae_plugins.data.digits import digits
from rcmvae_plugins.data.params import DigitsParams


def test_inputs_are_grey_images_and_labels_their_digits():
    data = digits(DigitsParams())
    assert data.inputs.shape == (1797, 8, 8, 1)
    assert data.inputs.dtype == np.uint8
    assert (data.inputs.min(), data.inputs.max(), data.maximum) == (0, 16, 16.0)
    assert data.class_names == tuple("0123456789")
    assert (data.labels.min(), data.labels.max(), data.labels.dtype) == (0, 9, np.int32)


@pytest.mark.parametrize("fraction", [0.1, 0.5])
def test_the_test_set_is_a_like_share_of_every_digit(fraction):
    data = digits(DigitsParams(test_fraction=fraction))
    labels = np.asarray(data.labels)
    assert sorted([*data.train.tolist(), *data.test.tolist()]) == list(range(1797))
    held, whole = (np.bincount(labels[np.asarray(part)]) for part in (data.test, np.arange(1797)))
    assert np.abs(held - fraction * whole).max() <= 0.5


def test_the_seed_draws_the_test_set():
    first, again, other = (np.asarray(digits(DigitsParams(test_seed=seed)).test) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
