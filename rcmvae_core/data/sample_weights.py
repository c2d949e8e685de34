"""Turns the weights of inputs into how often each is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Int

_MEAN_REPEATS = 8
"""Times that an example of mean weight is repeated where weights are not small whole numbers."""


def repeats(sample_weight: Any, labelled: Int[np.ndarray, " L"], count: int) -> Int[np.ndarray, " N"]:
    """Return how often each example is repeated in the streams that batches are drawn from.

    Whole numbers are taken as they are, unless there are too many examples in total. Other weights are multiplied so
    that their mean is 8, and rounded so that the sum over any range of examples is off by less than one; if
    that leaves no label, each label with a weight is repeated once.

    Args:
        sample_weight: a weight for each example; None for equal ones.
        labelled: the examples that have a label.
        count: the number of examples.

    Returns:
        The repeats; 1 for every example where weights are equal.

    Raises:
        ValueError: if there is not one finite weight of at least 0 for each example, or no label has one above 0.

    Example:
        >>> repeats([2, 0, 1], np.array([0]), 3).tolist()
        [2, 0, 1]
        >>> repeats([0.5, 0.25, 0.25], np.array([0]), 3).tolist()
        [12, 6, 6]
    """
    if sample_weight is None:
        return np.ones(count, np.int64)
    weights = np.asarray(sample_weight, np.float64)
    if weights.shape != (count,):
        raise ValueError(f"sample_weight.shape == {weights.shape}, expected {(count,)}!")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("sample_weight must be finite and at least 0")
    if not (weights[labelled] > 0).any():
        raise ValueError("every sample weight of an example with a label is zero")
    if (weights == weights[0]).all():
        return np.ones(count, np.int64)
    most = _MEAN_REPEATS * count
    if (weights == np.floor(weights)).all() and weights.max() <= most and weights.sum() <= most:
        return weights.astype(np.int64)
    shares = weights / weights.max()  # whose sum does not overflow
    total = np.concatenate([[0.0], np.cumsum(shares * (_MEAN_REPEATS * count / shares.sum()))])
    rounded = np.diff(np.floor(total + 0.5)).astype(np.int64)
    if not rounded[
        labelled
    ].any():  # their weights are small beside the others, but labels are drawn from a stream of their own
        rounded[labelled] = weights[labelled] > 0
    return rounded


def has_weight(
    indices: Int[np.ndarray, " n"], sample_weights: Float[np.ndarray, " N"] | None
) -> Int[np.ndarray, " m"]:
    """Return the indices of inputs that are ever drawn: those whose weight is not zero."""
    return indices if sample_weights is None else indices[sample_weights[indices] > 0]


def drawn(
    indices: Int[np.ndarray, " n"], sample_weights: Float[np.ndarray, " N"] | None
) -> Int[np.ndarray, " m"]:
    """Repeat indices by the weights of their inputs.

    Args:
        indices: of inputs that train.
        sample_weights: a weight for each input of the data set; None for equal ones.

    Returns:
        The indices to draw from; those given without weights.
    """
    if sample_weights is None or not len(indices):
        return indices
    everything = np.arange(len(indices))
    return np.repeat(indices, repeats(sample_weights[indices], everything, len(indices)))
