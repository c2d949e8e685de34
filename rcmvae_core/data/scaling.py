"""Scales inputs to the range of the model by what was fitted on training inputs, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int, Shaped

from rcmvae_core.data.inputs import read_rows
from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.errors import fail
from rcmvae_core.plugin.protocols import Dataset

Method = Literal["minmax", "log", "standard", "robust", "counts"]
DEVIATIONS = 4.0
"""Deviations from the center that are scaled to 0 and 1 by `standard` and `robust`; beyond, distances are logarithms."""
_LINEAR = ("minmax", "log")
"""Methods without a limit to deviations."""
_FEATURE_AXES = 2
_ARRAYS = ("center", "spread", "low", "high")
_ROWS = 65_536
"""Training inputs that a scaling is fitted on, at most, evenly spaced."""
_NORMAL_IQR = 1.3489795003921634
"""The interquartile range of a normal distribution with standard deviation 1."""
_ROUNDING = 1e-12
"""Deviation, relative to the largest value, up to which a column is constant: its mean is rounded."""
_LARGEST_LOG = 80.0
"""Logarithm of a value beyond which it is cut."""
_FEW, _NARROW = 8, 0.02
"""Inputs, and their range relative to that of training inputs, by which another unit is recognised."""
_SMALLEST_SUM = 1e-12
"""Divides the counts of an input that has none."""
_HALF_MAX = np.finfo(np.float64).max / 2


class Scaling(NamedTuple):
    """What was fitted on training inputs: each feature for itself, all pixels of images together.

    `minmax` is x = (v - center) / spread, where center is the minimum and spread the range; `log` is `minmax` of
    sign(v) log(1 + |v|); `standard` and `robust` are x = 1/2 + t((v - center) / spread) / 8, where t is the identity up
    to 4 deviations and logarithmic beyond: t(u) = sign(u) (4 + log(1 + |u| - 4)). `counts` is `standard` of
    log(1 + m v / Σ v), with the sum over the features of an input, and its training mean m: how many were counted in
    total says nothing.

    Args:
        method: how center and spread were computed: `standard` by mean and standard deviation, `robust` by median and
            interquartile range, `counts` by those of logarithms.
        center: of each feature.
        spread: of each feature; 1 for a constant one.
        low: the smallest training value.
        high: the largest training value.
        total: the mean sum over the features of an input; 0 where sums are kept.
    """

    method: Method
    center: Float[np.ndarray, "*f"]
    spread: Float[np.ndarray, "*f"]
    low: Float[np.ndarray, "*f"]
    high: Float[np.ndarray, "*f"]
    total: float = 0.0

    def __call__(self, inputs: Any) -> Any:
        """Scale inputs [N *x]; values outside the training range are kept.

        Args:
            inputs: in their own units, an array of NumPy or of JAX.

        Returns:
            An array of the same library, float32.
        """
        xp = jnp if isinstance(inputs, jax.Array) else np
        if self.method == "counts":
            inputs = _log_shares(inputs, self.total, xp)
        elif self.method == "log":
            inputs = _log(inputs, xp)
        # In halves, because the difference of two finite numbers may overflow.
        with np.errstate(over="ignore"):  # what overflows is cut below
            u = (inputs / 2 - self.center / 2) / (self.spread / 2)
        if self.method not in _LINEAR:
            beyond = xp.maximum(xp.abs(u) - DEVIATIONS, 0)
            u = 0.5 + xp.sign(u) * (xp.minimum(xp.abs(u), DEVIATIONS) + xp.log1p(beyond)) / (2 * DEVIATIONS)
        largest = np.finfo(np.float32).max
        return xp.clip(u, -largest, largest).astype(np.float32)

    def inverse(self, x: Float[np.ndarray, "N *x"]) -> Float[np.ndarray, "N *x"]:
        """Return scaled inputs in their own units; counts as in an input whose sum is the training mean."""
        u = np.asarray(x, np.float64)
        if self.method not in _LINEAR:
            u = (u - 0.5) * 2 * DEVIATIONS
            u = np.sign(u) * (
                np.minimum(np.abs(u), DEVIATIONS) + np.expm1(np.maximum(np.abs(u) - DEVIATIONS, 0))
            )
        v = self.center + self.spread * u
        if self.method == "log":
            return np.sign(v) * np.expm1(np.minimum(np.abs(v), _LARGEST_LOG))
        return np.expm1(np.clip(v, 0, _LARGEST_LOG)) if self.method == "counts" else v

    def outside(
        self, inputs: Shaped[np.ndarray, "n *x"]
    ) -> tuple[Int[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
        """Compare inputs, in their own units, with the training range.

        Returns:
            For each input the number of values outside, and whether one lies further outside than the range is wide.
        """
        distance = np.maximum(self.low / 2 - inputs / 2, inputs / 2 - self.high / 2).reshape(len(inputs), -1)
        width = np.broadcast_to(self.high / 2 - self.low / 2, inputs.shape[1:]).reshape(-1)
        is_far = distance > np.where(width > 0, width, 0)
        return (distance > 0).sum(axis=1), np.asarray(is_far.any(axis=1))

    def is_narrow(self, inputs: Shaped[np.ndarray, "n *x"]) -> bool:
        """Return whether all values of inputs, in their own units, vary by a small part of what training inputs did.

        Constant features count for nothing, and fewer than eight inputs are never narrow.
        """
        axes = 0 if np.ndim(self.low) else None
        width = self.high / 2 - self.low / 2
        varies = width > 0
        if len(inputs) < _FEW or not varies.any():
            return False
        range_ = np.fmax.reduce(inputs, axis=axes) / 2 - np.fmin.reduce(inputs, axis=axes) / 2
        return bool((np.asarray(range_)[varies] <= _NARROW * np.asarray(width)[varies]).all())


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

    Raises:
        RcmvaeError: E302 if every value of a feature is missing.
    """
    values = read_rows(dataset, indices[evenly_spaced(len(indices), _ROWS)])
    if dataset.missing and (empty := np.isnan(values).all(axis=0)).any():
        message = f"feature {int(np.argmax(empty))} has no value in the training inputs"
        fail("E302", message, help=["leave the feature out"])
    return fit_values(values, method)


def fit_values(values: Any, method: Method) -> Scaling:
    """Fit a scaling on an array, whose missing values, NaN, count for nothing.

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
    if method == "counts":
        return _fit_counts(np.asarray(values, np.float64), axes)
    if method == "log":
        return _fit_log(np.asarray(values, np.float64), axes)
    # In halves, as in `Scaling`; a spread that would overflow is cut to the largest float.
    halves = np.asarray(values, np.float64) / 2
    low, high = (np.asarray(extreme.reduce(halves, axis=axes)) for extreme in (np.fmin, np.fmax))
    center, spread = _fitted(halves, low, high, method, axes)
    spread = np.where(spread > 0, np.minimum(spread, _HALF_MAX) * 2, 1.0)
    center, spread, low, high = (np.asarray(each) for each in (center * 2, spread, low * 2, high * 2))
    return Scaling(method, center, spread, low, high)


def _fit_counts(values: np.ndarray, axes: int | None) -> Scaling:
    """Fit a scaling of counts.

    Raises:
        RcmvaeError: E302 if a value is negative.
    """
    if values.min() < 0:
        message = f"`scale` is `counts`, and the smallest training value is {values.min():g}"
        fail("E302", message, help=["use `standard`, or inputs of at least 0"])
    total = float(values.reshape(len(values), -1).sum(axis=1).mean()) or 1.0
    logarithms = fit_values(_log_shares(values, total, np), "standard")
    low, high = (np.asarray(extreme(values, axis=axes)) for extreme in (np.min, np.max))
    return Scaling("counts", logarithms.center, logarithms.spread, low, high, total)


def _fit_log(values: np.ndarray, axes: int | None) -> Scaling:
    logarithms = fit_values(_log(values, np), "minmax")
    low, high = (np.asarray(extreme.reduce(values, axis=axes)) for extreme in (np.fmin, np.fmax))
    return Scaling("log", logarithms.center, logarithms.spread, low, high)


def _log(inputs: Any, xp: Any) -> Any:
    """Return sign(v) log(1 + |v|)."""
    values = inputs.astype(np.float64) if xp is np else inputs * 1.0
    return xp.sign(values) * xp.log1p(xp.abs(values))


def _log_shares(inputs: Any, total: float, xp: Any) -> Any:
    """Return log(1 + m v / Σ v), where m is the training mean of the sum; negative values count as 0."""
    # The sum of a row would overflow float16; JAX has what it has.
    positive = xp.maximum(inputs.astype(np.float64) if xp is np else inputs, 0) * 1.0
    sums = positive.reshape(len(positive), -1).sum(axis=1).reshape(-1, *[1] * (positive.ndim - 1))
    return xp.log1p(positive * (total / xp.maximum(sums, _SMALLEST_SUM)))


def _fitted(
    halves: np.ndarray, low: np.ndarray, high: np.ndarray, method: Method, axes: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return center and spread."""
    if method == "minmax":
        return low, np.asarray(high - low)
    # Divided by the largest magnitude, because the sum of many large numbers may overflow.
    largest = np.maximum(np.maximum(np.abs(low), np.abs(high)), np.finfo(np.float64).tiny)
    unit = halves / largest
    is_whole = not np.isnan(unit).any()
    # The same functions as ever for whole data, because those that leave NaN out may round otherwise.
    std_of, mean_of, quantiles_of = (
        (np.std, np.mean, np.quantile) if is_whole else (np.nanstd, np.nanmean, np.nanquantile)
    )
    std = np.asarray(std_of(unit, axis=axes))
    std = np.where(std > _ROUNDING, std, 0)
    if method == "standard":
        return np.asarray(mean_of(unit, axis=axes) * largest), np.asarray(std * largest)
    lower, median, upper = (np.asarray(q) for q in quantiles_of(unit, (0.25, 0.5, 0.75), axis=axes))
    deviation = (upper - lower) / _NORMAL_IQR
    # Where most values are equal, the quartiles say nothing about the others.
    return np.asarray(median * largest), np.asarray(np.where(deviation > 0, deviation, std) * largest)


def as_json(scaling: Scaling) -> dict[str, Any]:
    """Return a scaling as plain values."""
    arrays = {name: np.asarray(getattr(scaling, name)).tolist() for name in _ARRAYS}
    return {"method": scaling.method, **arrays, "total": scaling.total}


def from_json(values: Mapping[str, Any]) -> Scaling:
    """Return the scaling that `as_json` returned the values of.

    Raises:
        KeyError, ValueError, TypeError: if values are missing or of another type.
    """
    center, spread, low, high = (np.asarray(values[name], np.float64) for name in _ARRAYS)
    if values["method"] not in get_args(Method):
        raise ValueError(f"unknown scaling `{values['method']}`")
    total = float(values.get("total", 0.0))
    return Scaling(values["method"], center, spread, low, high, total)
