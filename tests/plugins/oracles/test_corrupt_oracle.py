"""The augmentation `corrupt` against a loop over its draws, and its frequencies."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from rcmvae_plugins.augmentations.corrupt import corrupt
from rcmvae_plugins.augmentations.params import CorruptParams
from scipy import stats

KEY = jax.random.key(3)
SHAPES = {"table": (40, 5), "image": (12, 4, 3, 1)}


def changed(make_context, probability: float, x: np.ndarray) -> np.ndarray:
    augment = corrupt(CorruptParams(probability), make_context(input_shape=x.shape[1:]))
    return np.asarray(jax.jit(augment)(x, KEY))


def inputs(shape: tuple[int, ...]) -> np.ndarray:
    """Inputs whose values all differ, so that each shows where it is from."""
    count = int(np.prod(shape))
    return (np.random.default_rng(0).permutation(count) / count).astype(np.float32).reshape(shape)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_value_is_kept_or_that_of_the_drawn_row(make_context, shape):
    x = inputs(shape)
    actual = changed(make_context, 0.4, x)
    mask_key, row_key = jax.random.split(KEY)
    flat = x.reshape(len(x), -1)
    mask = np.asarray(jax.random.bernoulli(mask_key, 0.4, flat.shape))
    rows = np.asarray(jax.random.randint(row_key, flat.shape, 0, len(x)))
    expected = flat.copy()
    for i, j in zip(*np.nonzero(mask), strict=True):
        expected[i, j] = flat[rows[i, j], j]
    assert np.array_equal(actual, expected.reshape(shape))
    assert actual.dtype == np.float32


def test_features_are_replaced_as_often_as_asked_by_rows_that_are_equally_likely(make_context):
    x = np.broadcast_to(np.arange(8, dtype=np.float32)[:, None] / 8, (8, 4000))
    actual = changed(make_context, 0.3, x)
    kept = 0.7 + 0.3 / 8
    assert abs((actual == x).mean() - kept) < 4 * np.sqrt(kept * (1 - kept) / x.size)
    sources = (8 * actual[actual != x]).round().astype(int)
    assert stats.chisquare(np.bincount(sources, minlength=8)).pvalue > 1e-4
    replaced = (actual != x).astype(float)
    # Rows do not share what is replaced, nor do features.
    assert np.abs(np.corrcoef(replaced) - np.eye(8)).max() < 4.5 / np.sqrt(4000)


def test_every_value_stays_one_of_its_feature(make_context):
    x = inputs((30, 6))
    actual = changed(make_context, 1.0, x)
    assert all(set(actual[:, j]) <= set(x[:, j]) for j in range(6))


def test_a_probability_of_zero_and_a_batch_of_one_change_nothing_exactly(make_context):
    x = inputs((30, 6))
    assert np.array_equal(changed(make_context, 0.0, x), x)
    assert np.array_equal(changed(make_context, 1.0, x[:1]), x[:1])
