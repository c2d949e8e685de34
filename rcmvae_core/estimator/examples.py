"""Checks the weights of an estimator's examples, and leaves out those of weight zero."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from sklearn.utils.validation import column_or_1d

from rcmvae_core.data.dataset import weight_violations
from rcmvae_core.data.sample_weights import has_weight


class Examples(NamedTuple):
    """Examples that train.

    Args:
        inputs: in their own units.
        codes: their classes as numbers, -1 where unknown.
        weights: how often each is drawn, above 0; None for equally often.
    """

    inputs: Float[np.ndarray, "N *x"]
    codes: Int[np.ndarray, " N"]
    weights: Float[np.ndarray, " N"] | None


def check_weights(sample_weight: Any, y: Any) -> Float[np.ndarray, " N"] | None:
    """Return the weights of examples as an array.

    Args:
        sample_weight: a weight for each example; None for equal ones.
        y: their targets.

    Raises:
        ValueError: if there is not one weight for each, or one is not what a data set may have.
    """
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight, np.float64)
    problems = [
        f"{message}: {remedy}" for message, remedy in weight_violations(weights, len(column_or_1d(y)))
    ]
    if problems:
        raise ValueError(problems[0])
    return weights


def select_examples(
    inputs: Float[np.ndarray, "N *x"], codes: Int[np.ndarray, " N"], weights: Float[np.ndarray, " N"] | None
) -> Examples:
    """Leave out examples of weight 0, as if they had not been given.

    Args:
        inputs: in their own units.
        codes: their classes as numbers, -1 where unknown.
        weights: of the examples; None for equal ones.

    Returns:
        The other examples.

    Raises:
        ValueError: if none of them has a label.
    """
    if weights is None:
        return Examples(inputs, codes, None)
    kept = has_weight(np.arange(len(codes)), weights)
    if not (codes[kept] >= 0).any():
        raise ValueError("every sample weight of an example with a label is zero")
    return Examples(inputs[kept], codes[kept], weights[kept])
