"""Counts are distinguished from other numbers."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from rcmvae_core.data.counts import are_counts

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (RNG.poisson(np.exp(RNG.normal(-1, 1, (40, 200)))), True),
        (RNG.poisson(np.exp(RNG.normal(-1, 1, (40, 200)))).astype(np.float32), True),
        (RNG.poisson(1, (40, 20)), False),
        (RNG.integers(0, 2, (40, 200)), False),
        (RNG.poisson(1, (40, 200)) - 1, False),
        (RNG.poisson(1, (40, 200)) / 2, False),
        (load_digits().data, False),
        (RNG.integers(0, 3, (40, 8, 8, 1)), False),
        (np.zeros((40, 200)), False),
        (RNG.integers(1, 6, (40, 200)), False),
        (RNG.integers(0, 10, (40, 200)), False),
        (RNG.binomial(2, 0.2, (40, 200)), False),
    ],
    ids=[
        "counts",
        "as floats",
        "few",
        "binary",
        "negative",
        "halves",
        "pixels",
        "images",
        "zeros",
        "answers",
        "digits",
        "genotypes",
    ],
)
def test_counts(rows, expected):
    assert are_counts(rows) is expected
