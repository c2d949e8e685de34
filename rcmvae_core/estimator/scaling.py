"""Scales features and images of any range to [0, 1], by the range of the training data."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

_FEATURE_AXES, _GREY_AXES = 2, 3


class Scaling(NamedTuple):
    """The map x ↦ (x - low) / span, clipped to [0, 1].

    Args:
        low: the lowest value of each feature, or of all images.
        span: the range of each feature, or of all images; 1 for a constant feature.
    """

    low: Float[np.ndarray, "*f"]
    span: Float[np.ndarray, "*f"]

    def __call__(self, inputs: Any) -> Float[np.ndarray, "N *x"]:
        """Return inputs in [0, 1]; values outside the training range are clipped."""
        # In halves, because the difference of two finite numbers may overflow.
        scaled = (inputs / 2 - self.low / 2) / (self.span / 2)
        return np.clip(scaled, 0, 1).astype(np.float32)


def fit_scaling(inputs: Any) -> Scaling:
    """Return the scaling that maps inputs onto [0, 1]: each feature separately, all pixels of images together.

    Args:
        inputs: features [N F] or images [N H W C].

    Returns:
        The scaling.

    Example:
        >>> scaling = fit_scaling(np.array([[0.0, 5.0], [2.0, 5.0]]))
        >>> scaling(np.array([[1.0, 5.0], [9.0, 5.0]])).tolist()
        [[0.5, 0.0], [1.0, 0.0]]
    """
    axes = 0 if inputs.ndim == _FEATURE_AXES else None
    low, high = (np.asarray(f(inputs, axis=axes), np.float64) for f in (np.min, np.max))
    # In halves, as in `Scaling`; a range that would overflow is cut to the largest float.
    half = high / 2 - low / 2
    span = np.where(half > 0, np.minimum(half, np.finfo(np.float64).max / 2) * 2, 1.0)
    return Scaling(low, span)


def add_channel_axis(inputs: Any) -> Any:
    """Return images [N H W] as [N H W 1], and other inputs unchanged."""
    return inputs[..., None] if inputs.ndim == _GREY_AXES else inputs
