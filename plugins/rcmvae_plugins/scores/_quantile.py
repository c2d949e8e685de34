"""Expresses values as quantiles of training values, so that scores in different units can be compared."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.protocols import ScoreInputs
from rcmvae_plugins.scores.params import ScoreFn


def quantile(values: Any, training: Any) -> Float[np.ndarray, " N"]:
    """Return the fraction of training values below each value; equal ones count half.

    Args:
        values: N numbers.
        training: the values to compare with, in any order.

    Example:
        >>> quantile([0.0, 2.0, 9.0], [1.0, 2.0, 3.0, 4.0]).tolist()
        [0.0, 0.375, 1.0]
    """
    ordered, values = np.sort(np.asarray(training, np.float64)), np.asarray(values, np.float64)
    below, up_to = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    return (below + up_to) / (2 * len(ordered))


def score_quantile(score: ScoreFn, inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
    """Return the values of a score as quantiles of its values for the training inputs.

    Args:
        score: the score.
        inputs: of the score.
    """
    return quantile(score(inputs), score(inputs._replace(stats=inputs.training)))
