"""Features and images of any range to [0, 1], by the range of the training data."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

_TWO_AXES, _THREE_AXES = 2, 3


class Scaling(NamedTuple):
    """x ↦ (x - low) / span, clipped to [0, 1]; a feature that never changes has span 1.

    Args:
        low: the lowest value of each feature, or of all images.
        span: what that is below the highest.
    """

    low: Float[np.ndarray, "*f"]
    span: Float[np.ndarray, "*f"]

    def __call__(self, inputs: Any) -> Float[np.ndarray, "N *x"]:
        """Inputs in [0, 1]; what lies outside the training range stands at its edge."""
        # In two halves, for the difference of two finite numbers need not be finite.
        scaled = (inputs / 2 - self.low / 2) / (self.span / 2)
        return np.clip(scaled, 0, 1).astype(np.float32)


def learn(inputs: Any) -> Scaling:
    """The scaling that maps inputs on [0, 1]: each feature by itself, images all alike.

    Args:
        inputs: features [N F] or images [N H W C].

    Example:
        >>> scaling = learn(np.array([[0.0, 5.0], [2.0, 5.0]]))
        >>> scaling(np.array([[1.0, 5.0], [9.0, 5.0]])).tolist()
        [[0.5, 0.0], [1.0, 0.0]]
    """
    axes = 0 if inputs.ndim == _TWO_AXES else None
    low, high = (np.asarray(f(inputs, axis=axes), np.float64) for f in (np.min, np.max))
    half = high / 2 - low / 2
    span = np.where(half > 0, np.minimum(half, np.finfo(np.float64).max / 2) * 2, 1.0)
    return Scaling(low, span)


def with_colours(inputs: Any) -> Any:
    """Images of one colour may be without their last axis."""
    return inputs[..., None] if inputs.ndim == _THREE_AXES else inputs
