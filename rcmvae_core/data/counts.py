"""Distinguishes counts from other numbers."""

from __future__ import annotations

import numpy as np
from jaxtyping import Shaped

_MIN_FEATURES = 50
_MEDIAN = 5
"""Median of the numbers above zero up to which they are counts: most things are counted rarely."""
_GENOTYPE = 2
"""The largest number of copies of a gene variant: 0, 1 and 2 are no counts of many things."""
_FEATURE_AXES = 2


def are_counts(rows: Shaped[np.ndarray, "n *x"]) -> bool:
    """Return whether rows are counts of many things, such as words or transcripts.

    Counts are whole numbers of at least 0: at least half of them are 0, and some are larger than 2, while most of those
    above 0 are small. Answers on a scale, genotypes and ranks are not.

    Args:
        rows: inputs in their own units.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> are_counts(rng.poisson(0.5, (9, 60))), are_counts(rng.integers(0, 256, (9, 60)))
        (True, False)
    """
    if rows.ndim != _FEATURE_AXES or rows.shape[1] < _MIN_FEATURES:
        return False
    positive = rows[rows > 0]
    is_whole = bool((rows >= 0).all()) and bool((positive == np.floor(positive)).all())
    is_sparse = positive.size <= rows.size / 2
    return (
        is_whole
        and is_sparse
        and positive.size > 0
        and bool(positive.max() > _GENOTYPE)
        and bool(np.median(positive) <= _MEDIAN)
    )
