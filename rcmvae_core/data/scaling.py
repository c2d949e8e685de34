"""Scales inputs to the range of the model by what was fitted on training inputs, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

from rcmvae_core.data.inputs import read_rows
from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.plugin.protocols import Dataset

Method = Literal["minmax", "standard", "robust"]
DEVIATIONS = 4.0
"""Deviations from the center that are scaled to 0 and 1 by `standard` and `robust`; beyond, distances are logarithms."""
_FEATURE_AXES = 2
_ROWS = 65_536
"""Training inputs that a scaling is fitted on, at most, evenly spaced."""
_NORMAL_IQR = 1.3489795003921634
"""The interquartile range of a normal distribution with standard deviation 1."""
_ROUNDING = 1e-12
"""Deviation, relative to the largest value, up to which a column is constant: its mean is rounded."""
_HALF_MAX = np.finfo(np.float64).max / 2


class Scaling(NamedTuple):
    """What was fitted on training inputs: each feature for itself, all pixels of images together.

    `minmax` is x = (v - center) / spread, where center is the minimum and spread the range; `standard` and `robust`
    are x = 1/2 + t((v - center) / spread) / 8, where t is the identity up to 4 deviations and logarithmic beyond:
    t(u) = sign(u) (4 + log(1 + |u| - 4)).

    Args:
        method: how center and spread were computed: `standard` by mean and standard deviation, `robust` by median and
            interquartile range.
        center: of each feature.
        spread: of each feature; 1 for a constant one.
        low: the smallest training value.
        high: the largest training value.
    """

    method: Method
    center: Float[np.ndarray, "*f"]
    spread: Float[np.ndarray, "*f"]
    low: Float[np.ndarray, "*f"]
    high: Float[np.ndarray, "*f"]

    def __call__(self, inputs: Any) -> Any:
        """Scale inputs [N *x]; values outside the training range are kept.

        Args:
            inputs: in their own units, an array of NumPy or of JAX.

        Returns:
            An array of the same library, float32.
        """
        xp = jnp if isinstance(inputs, jax.Array) else np
        # In halves, because the difference of two finite numbers may overflow.
        u = (inputs / 2 - self.center / 2) / (self.spread / 2)
        if self.method != "minmax":
            beyond = xp.maximum(xp.abs(u) - DEVIATIONS, 0)
            u = 0.5 + xp.sign(u) * (xp.minimum(xp.abs(u), DEVIATIONS) + xp.log1p(beyond)) / (2 * DEVIATIONS)
        largest = np.finfo(np.float32).max
        return xp.clip(u, -largest, largest).astype(np.float32)

    def inverse(self, x: Float[np.ndarray, "N *x"]) -> Float[np.ndarray, "N *x"]:
        """Return scaled inputs in their own units."""
        u = np.asarray(x, np.float64)
        if self.method != "minmax":
            u = (u - 0.5) * 2 * DEVIATIONS
            u = np.sign(u) * (
                np.minimum(np.abs(u), DEVIATIONS) + np.expm1(np.maximum(np.abs(u) - DEVIATIONS, 0))
            )
        return self.center + self.spread * u

    def outside(
        self, inputs: Float[np.ndarray, "n *x"]
    ) -> tuple[Int[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
        """Compare inputs, in their own units, with the training range.

        Returns:
            For each input the number of values outside, and whether one lies further outside than the range is wide.
        """
        distance = np.maximum(self.low / 2 - inputs / 2, inputs / 2 - self.high / 2).reshape(len(inputs), -1)
        width = np.broadcast_to(self.high / 2 - self.low / 2, inputs.shape[1:]).reshape(-1)
        is_far = distance > np.where(width > 0, width, 0)
        return (distance > 0).sum(axis=1), np.asarray(is_far.any(axis=1))


def to_model_range(rows: np.ndarray, scaling: Scaling | None, maximum: float) -> Float[np.ndarray, "n *x"]:
    """Scale inputs, or without a scaling divide them by their maximum.

    Args:
        rows: in their own units.
        scaling: what was fitted on training inputs.
        maximum: the stored value that corresponds to 1.

    Returns:
        float32.
    """
    return rows.astype(np.float32) / np.float32(maximum) if scaling is None else scaling(rows)


def fit_scaling(dataset: Dataset, indices: Int[np.ndarray, " T"], method: Method) -> Scaling:
    """Fit a scaling on training inputs, on 65,536 of them at most.

    Args:
        dataset: the inputs, in their own units.
        indices: of the training inputs.
        method: how center and spread are computed.

    Returns:
        The scaling.
    """
    return fit_values(read_rows(dataset, indices[evenly_spaced(len(indices), _ROWS)]), method)


def fit_values(values: Any, method: Method) -> Scaling:
    """Fit a scaling on an array.

    Args:
        values: features [N F], each scaled for itself, or images [N H W C], scaled together.
        method: how center and spread are computed.

    Returns:
        The scaling.

    Example:
        >>> scaling = fit_values(np.array([[0.0, 5.0], [2.0, 5.0]]), "minmax")
        >>> scaling(np.array([[1.0, 5.0], [9.0, 5.0]])).tolist()
        [[0.5, 0.0], [4.5, 0.0]]
    """
    axes = 0 if values.ndim == _FEATURE_AXES else None
    # In halves, as in `Scaling`; a spread that would overflow is cut to the largest float.
    halves = np.asarray(values, np.float64) / 2
    low, high = (np.asarray(extreme(halves, axis=axes)) for extreme in (np.min, np.max))
    center, spread = _fitted(halves, low, high, method, axes)
    spread = np.where(spread > 0, np.minimum(spread, _HALF_MAX) * 2, 1.0)
    return Scaling(method, *(np.asarray(each) for each in (center * 2, spread, low * 2, high * 2)))


def _fitted(
    halves: np.ndarray, low: np.ndarray, high: np.ndarray, method: Method, axes: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return center and spread."""
    if method == "minmax":
        return low, np.asarray(high - low)
    # Divided by the largest magnitude, because the sum of many large numbers may overflow.
    largest = np.maximum(np.maximum(np.abs(low), np.abs(high)), np.finfo(np.float64).tiny)
    unit = halves / largest
    std = np.asarray(unit.std(axis=axes))
    std = np.where(std > _ROUNDING, std, 0)
    if method == "standard":
        return np.asarray(unit.mean(axis=axes) * largest), std * largest
    lower, median, upper = (np.asarray(q) for q in np.quantile(unit, (0.25, 0.5, 0.75), axis=axes))
    deviation = (upper - lower) / _NORMAL_IQR
    # Where most values are equal, the quartiles say nothing about the others.
    return np.asarray(median * largest), np.where(deviation > 0, deviation, std) * largest


def as_json(scaling: Scaling) -> dict[str, Any]:
    """Return a scaling as plain values."""
    arrays = {name: np.asarray(getattr(scaling, name)).tolist() for name in Scaling._fields[1:]}
    return {"method": scaling.method, **arrays}


def from_json(values: Mapping[str, Any]) -> Scaling:
    """Return the scaling that `as_json` returned the values of.

    Raises:
        KeyError, ValueError, TypeError: if values are missing or of another type.
    """
    arrays = {name: np.asarray(values[name], np.float64) for name in Scaling._fields[1:]}
    if values["method"] not in ("minmax", "standard", "robust"):
        raise ValueError(f"unknown scaling `{values['method']}`")
    return Scaling(values["method"], **arrays)
