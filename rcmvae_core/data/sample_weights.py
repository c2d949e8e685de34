"""Turns the weights of inputs into how often each is drawn; an input of weight 0 does not train, and neither does its label."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

_MEAN_REPEATS = 8
"""Times that an example of mean weight is repeated where weights are not small whole numbers."""


def has_weight(
    indices: Int[np.ndarray, " n"], sample_weights: Float[np.ndarray, " N"] | None
) -> Int[np.ndarray, " m"]:
    """Return the indices of inputs that may train: those whose weight is not zero."""
    return indices if sample_weights is None else indices[sample_weights[indices] > 0]


def weights_of(
    indices: Int[np.ndarray, " n"], sample_weights: Float[np.ndarray, " N"] | None
) -> Float[np.ndarray, " n"] | None:
    """Return the weights of some inputs; None for equal ones."""
    return None if sample_weights is None else sample_weights[indices]


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
    return np.repeat(indices, repeats(sample_weights[indices]))


def repeats(weights: Float[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """Return how often each example is repeated in the stream that batches are drawn from.

    Whole numbers are taken as they are, unless there are too many examples in total. Other weights are multiplied so
    that their mean is 8, and rounded so that the sum over any range of examples is off by less than one: an example
    whose weight is below a sixteenth of the mean may be left out.

    Args:
        weights: finite, at least 0, and one of them above 0.

    Returns:
        The repeats; 1 for every example where weights are equal.

    Example:
        >>> repeats(np.array([2.0, 0.0, 1.0])).tolist()
        [2, 0, 1]
        >>> repeats(np.array([0.5, 0.25, 0.25])).tolist()
        [12, 6, 6]
    """
    if (weights == weights[0]).all():
        return np.ones(len(weights), np.int64)
    most = _MEAN_REPEATS * len(weights)
    if (weights == np.floor(weights)).all() and weights.max() <= most and weights.sum() <= most:
        return weights.astype(np.int64)
    shares = weights / weights.max()  # whose sum neither overflows nor vanishes
    total = np.concatenate([[0.0], np.cumsum(shares * (most / shares.sum()))])
    return np.diff(np.floor(total + 0.5)).astype(np.int64)
