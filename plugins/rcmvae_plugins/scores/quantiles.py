"""Scores as quantiles of the training data, so that scores in different units can be compared."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float


def quantile(values: Any, training: Any) -> Float[np.ndarray, " N"]:
    """The share of training values that are lower; equals count half.

    Args:
        values: to be placed.
        training: among these, in any order.

    Example:
        >>> quantile([0.0, 2.0, 9.0], [1.0, 2.0, 3.0, 4.0]).tolist()
        [0.0, 0.375, 1.0]
    """
    known, values = np.sort(np.asarray(training, np.float64)), np.asarray(values, np.float64)
    below, up_to = (np.searchsorted(known, values, side=side) for side in ("left", "right"))
    return (below + up_to) / (2 * len(known))
