"""Defines how the inputs of a model relate to the values of its data."""

from __future__ import annotations

from typing import Any

import attrs

_LARGEST_LOG = 60.0
"""The logarithm beyond which a distance is cut."""


@attrs.frozen
class Units:
    """How x relates to the values v of the data: x = (t(v) - center) / spread, where t(v) is v or, if `is_log`, log(1 + v).

    With d `deviations` above 0, x = 1/2 + s(u) / 2d of that u instead, where s is the identity up to d and logarithmic
    beyond: s(u) = sign(u) (d + log(1 + |u| - d)).

    Args:
        center: of each feature, or one for all values of an input.
        spread: of each feature, or one for all values of an input.
        is_log: whether x is linear in log(1 + v); of a negative v, in -log(1 - v).
        deviations: d, where `scale` of `[data]` is `standard` or `robust`; else 0.
        total: the mean over the training inputs of the sum Σ v of an input.

    Example:
        >>> import numpy as np
        >>> Units(center=(0.0,), spread=(16.0,)).values(np.array([0.25, 1.0])).tolist()
        [4.0, 16.0]
    """

    center: tuple[float, ...] = (0.0,)
    spread: tuple[float, ...] = (1.0,)
    is_log: bool = False
    total: float = 1.0
    deviations: float = 0.0

    def values(self, x: Any) -> Any:
        """Return v of inputs [..., *x], an array of NumPy or of JAX; whole numbers come back up to rounding."""
        xp = x.__array_namespace__()
        u, d = x, self.deviations
        if d:
            s = (x - 0.5) * (2 * d)
            # Cut, so that the exponential of an x that no value has stays finite.
            beyond = xp.clip(xp.abs(s) - d, 0.0, _LARGEST_LOG)
            u = xp.sign(s) * (xp.clip(xp.abs(s), 0.0, d) + xp.expm1(beyond))
        u = xp.asarray(self.center, dtype=x.dtype) + xp.asarray(self.spread, dtype=x.dtype) * u
        return xp.sign(u) * xp.expm1(xp.abs(u)) if self.is_log else u

    def scaled(self, values: Any) -> Any:
        """Return x of values [..., *x], an array of NumPy or of JAX."""
        xp = values.__array_namespace__()
        u = xp.sign(values) * xp.log1p(xp.abs(values)) if self.is_log else values
        u = (u - xp.asarray(self.center, dtype=values.dtype)) / xp.asarray(self.spread, dtype=values.dtype)
        if not self.deviations:
            return u
        d = self.deviations
        beyond = xp.clip(xp.abs(u) - d, 0.0, None)
        return 0.5 + xp.sign(u) * (xp.clip(xp.abs(u), 0.0, d) + xp.log1p(beyond)) / (2 * d)
