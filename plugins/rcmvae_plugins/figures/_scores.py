"""Reads out-of-distribution scores, of test inputs and of inputs of held-out classes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.protocols import NotApplicable, ReportArrays

NO_SCORES = NotApplicable("the run has no out-of-distribution scores")


class ScoreValues(NamedTuple):
    """Finite values of one score; higher is less like the training data.

    Args:
        name: of the score.
        test: of the test inputs.
        held_out: of the inputs of classes that the run held out; empty if there are none.
        threshold: an input above it is out-of-distribution; NaN if it is not known.
    """

    name: str
    test: Float[np.ndarray, " n"]
    held_out: Float[np.ndarray, " m"]
    threshold: float


def score_values(arrays: ReportArrays) -> list[ScoreValues]:
    """Return every score with at least one finite value of a test input."""
    values = [
        ScoreValues(name, _finite(arrays.scores, place), _finite(arrays.held_out_scores, place), threshold)
        for place, (name, threshold) in enumerate(zip(arrays.score_names, _thresholds(arrays), strict=True))
    ]
    return [score for score in values if len(score.test)]


def _thresholds(arrays: ReportArrays) -> list[float]:
    known = arrays.score_thresholds.astype(float).tolist()
    return known if len(known) == len(arrays.score_names) else [np.nan] * len(arrays.score_names)


def _finite(scores: Float[np.ndarray, "N s"], place: int) -> Float[np.ndarray, " n"]:
    column = scores[:, place].astype(float) if scores.shape[1] > place else np.zeros(0)
    return column[np.isfinite(column)]
