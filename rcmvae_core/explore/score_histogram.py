"""Counts the values of a score among training inputs and all inputs, for one histogram of both."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.inference.ood import QUANTILE

_TAIL = 0.001
"""Share of the values at each end that do not stretch the axis: they count in the outer bins."""


class ScoreHistogram(NamedTuple):
    """Two histograms over the same bins; each counts every finite value.

    Args:
        edges: of the bins, of equal width; the outer bins also count what lies beyond them.
        training: how many training inputs lie in each bin.
        inputs: how many of all inputs lie in each bin.
        threshold: above which an input is out-of-distribution.
        quantile: the share of training inputs at or below the threshold that it was chosen for.
        low: the smallest value.
        high: the largest value.
    """

    edges: Float[np.ndarray, " e"]
    training: Int[np.ndarray, " b"]
    inputs: Int[np.ndarray, " b"]
    threshold: float
    quantile: float
    low: float
    high: float


def score_histogram(
    training: Float[np.ndarray, " T"],
    inputs: Float[np.ndarray, " N"],
    *,
    bins: int = 60,
    quantile: float = QUANTILE,
) -> ScoreHistogram:
    """Count the values of a score.

    Args:
        training: of training inputs.
        inputs: of all inputs.
        bins: the number of bins.
        quantile: of training inputs, that is the threshold.

    Returns:
        The histograms.
    """
    values = np.concatenate([training, inputs]).astype(np.float64)
    finite = np.isfinite(values)
    training, inputs, values = (
        training[np.isfinite(training)],
        inputs[np.isfinite(inputs)],
        values[finite] if finite.any() else np.zeros(1),
    )
    # As `OODScorer.thresholds`, so that both name the same inputs.
    threshold = float(np.quantile(training, quantile, method="higher")) if len(training) else values.max()
    low, high = np.quantile(values, (_TAIL, 1 - _TAIL))
    low, high = min(low, threshold), max(high, threshold)
    edges = np.linspace(low, high, bins + 1) if high > low else low + np.linspace(-0.5, 0.5, bins + 1)
    return ScoreHistogram(
        edges=edges,
        training=_count(training, edges),
        inputs=_count(inputs, edges),
        threshold=float(threshold),
        quantile=quantile,
        low=float(values.min()),
        high=float(values.max()),
    )


def _count(values: Float[np.ndarray, " n"], edges: Float[np.ndarray, " e"]) -> Int[np.ndarray, " b"]:
    return np.histogram(np.clip(values.astype(np.float64), edges[0], edges[-1]), edges)[0]
