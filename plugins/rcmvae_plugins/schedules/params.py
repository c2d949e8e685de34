"""Defines the parameters of schedules; `extent` returns the value range, which the core checks against bounds."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.plugin.duration import Duration
from rcmvae_core.plugin.parameters import param

_LIMIT = 1e12


@attrs.frozen
class ConstantParams:
    """Parameters of `constant`."""

    value: float = param(doc="The value.", ge=-_LIMIT, le=_LIMIT)

    def extent(self) -> tuple[float, float]:
        """Return the lowest and the highest value."""
        return self.value, self.value


@attrs.frozen
class LinearParams:
    """Parameters of `linear`."""

    start: float = param(doc="Initial value.", ge=-_LIMIT, le=_LIMIT)
    end: float = param(doc="Final value, which is kept afterwards.", ge=-_LIMIT, le=_LIMIT)
    over: Duration = param(doc="Duration of the change.")
    delay: Duration = param(Duration(0), doc="Duration for which the initial value is kept.")

    def extent(self) -> tuple[float, float]:
        """Return the lowest and the highest value."""
        return min(self.start, self.end), max(self.start, self.end)


@attrs.frozen
class CosineParams:
    """Parameters of `cosine`."""

    start: float = param(doc="Initial value.", ge=-_LIMIT, le=_LIMIT)
    end: float = param(doc="Final value, which is kept afterwards.", ge=-_LIMIT, le=_LIMIT)
    over: Duration = param(doc="Duration of the change.")
    delay: Duration = param(Duration(0), doc="Duration for which the initial value is kept.")

    def extent(self) -> tuple[float, float]:
        """Return the lowest and the highest value."""
        return min(self.start, self.end), max(self.start, self.end)


@attrs.frozen
class ExponentialParams:
    """Parameters of `exponential`."""

    start: float = param(doc="Initial value.", ge=1e-12, le=_LIMIT)
    end: float = param(doc="Final value, which is kept afterwards.", ge=1e-12, le=_LIMIT)
    over: Duration = param(doc="Duration of the change.")
    delay: Duration = param(Duration(0), doc="Duration for which the initial value is kept.")

    def extent(self) -> tuple[float, float]:
        """Return the lowest and the highest value."""
        return min(self.start, self.end), max(self.start, self.end)


@attrs.frozen
class PolynomialParams:
    """Parameters of `polynomial`."""

    start: float = param(doc="Initial value.", ge=-_LIMIT, le=_LIMIT)
    end: float = param(doc="Final value, which is kept afterwards.", ge=-_LIMIT, le=_LIMIT)
    over: Duration = param(doc="Duration of the change.")
    delay: Duration = param(Duration(0), doc="Duration for which the initial value is kept.")
    power: float = param(
        2.0,
        doc="Exponent: above 1 the change is fast at first, below 1 it is fast at the end.",
        ge=0.01,
        le=100,
    )

    def extent(self) -> tuple[float, float]:
        """Return the lowest and the highest value."""
        return min(self.start, self.end), max(self.start, self.end)


@attrs.frozen
class PiecewiseParams:
    """Parameters of `piecewise`."""

    values: tuple[float, ...] = param(doc="The values.", ge=-_LIMIT, le=_LIMIT, min_length=1)
    at: tuple[Duration, ...] = param(
        doc="The time at which each value is reached, in order; the first value also holds before its time.",
        min_length=1,
    )
    interpolation: Literal["steps", "linear"] = param(
        "steps", doc="Keep each value until the next time, or interpolate linearly."
    )

    def __attrs_post_init__(self) -> None:
        if len(self.values) != len(self.at):
            raise ValueError(
                f"`values` has {len(self.values)} elements and `at` has {len(self.at)}; give one time per value"
            )

    def extent(self) -> tuple[float, float]:
        """Return the lowest and the highest value."""
        return min(self.values), max(self.values)


@attrs.frozen
class StepsParams:
    """Parameters of `steps`."""

    start: float = param(doc="Initial value.", ge=1e-12, le=_LIMIT)
    factor: float = param(
        doc="Factor by which the value is multiplied at each step of the staircase.", ge=1e-6, lt=1
    )
    every: Duration = param(doc="Duration of each value, at least 1 training step.")
    floor: float = param(0.0, doc="Lower bound of the value.", ge=0, le=_LIMIT)
    delay: Duration = param(Duration(0), doc="Additional duration of the initial value.")

    def __attrs_post_init__(self) -> None:
        if self.floor > self.start:
            raise ValueError(f"`floor` must be at most `start`, {self.start}, got {self.floor}")

    def extent(self) -> tuple[float, float]:
        """Return the lowest and the highest value."""
        return self.floor, self.start


@attrs.frozen
class CyclicalParams:
    """Parameters of `cyclical`."""

    start: float = param(doc="Value at the start of each cycle.", ge=-_LIMIT, le=_LIMIT)
    end: float = param(
        doc="Value after the ramp of each cycle, and after the last cycle.", ge=-_LIMIT, le=_LIMIT
    )
    period: Duration = param(doc="Duration of a cycle, at least 2 training steps.")
    ramp: float = param(0.5, doc="Fraction of a cycle in which the value changes.", ge=1e-3, le=1)
    cycles: int | None = param(None, doc="Number of cycles; unlimited if absent.", ge=1, le=10**6)
    shape: Literal["linear", "cosine"] = param("linear", doc="Shape of the ramp: a line, or half a cosine.")
    delay: Duration = param(
        Duration(0), doc="Duration for which the initial value is kept before the first cycle."
    )

    def extent(self) -> tuple[float, float]:
        """Return the lowest and the highest value."""
        return min(self.start, self.end), max(self.start, self.end)


@attrs.frozen
class SgdrParams:
    """Parameters of `sgdr`."""

    start: float = param(doc="Value at the start of the first cycle.", ge=-_LIMIT, le=_LIMIT)
    end: float = param(doc="Value at the end of each cycle, and after the last one.", ge=-_LIMIT, le=_LIMIT)
    period: Duration = param(doc="Duration of the first cycle, at least 2 training steps.")
    cycles: int = param(doc="Number of cycles.", ge=1, le=1000)
    growth: float = param(
        1.0, doc="Ratio of the duration of a cycle to that of the previous one.", ge=1, le=10
    )
    shrink: float = param(
        1.0,
        doc="Factor by which the difference of a cycle's first value from `end` is multiplied, cycle by cycle.",
        ge=1e-3,
        le=1,
    )

    def extent(self) -> tuple[float, float]:
        """Return the lowest and the highest value."""
        return min(self.start, self.end), max(self.start, self.end)


@attrs.frozen
class WarmupCosineParams:
    """Parameters of `warmup_cosine`."""

    peak: float = param(doc="Value at the end of the warm-up.", ge=-_LIMIT, le=_LIMIT)
    warmup: Duration = param(doc="Duration of the linear warm-up to the peak.")
    over: Duration = param(doc="Total duration, which includes the warm-up.")
    start: float = param(0.0, doc="Initial value.", ge=-_LIMIT, le=_LIMIT)
    end: float = param(0.0, doc="Final value, which is kept afterwards.", ge=-_LIMIT, le=_LIMIT)

    def extent(self) -> tuple[float, float]:
        """Return the lowest and the highest value."""
        return min(self.start, self.peak, self.end), max(self.start, self.peak, self.end)


@attrs.frozen
class WarmupExponentialParams:
    """Parameters of `warmup_exponential`."""

    peak: float = param(doc="Value at the end of the warm-up.", ge=1e-12, le=_LIMIT)
    end: float = param(doc="Final value, which is kept afterwards.", ge=1e-12, le=_LIMIT)
    warmup: Duration = param(doc="Duration of the linear warm-up to the peak.")
    over: Duration = param(doc="Total duration, which includes the warm-up.")
    start: float = param(0.0, doc="Initial value.", ge=-_LIMIT, le=_LIMIT)

    def extent(self) -> tuple[float, float]:
        """Return the lowest and the highest value."""
        return min(self.start, self.peak, self.end), max(self.start, self.peak, self.end)


@attrs.frozen
class OneCycleParams:
    """Parameters of `one_cycle`."""

    peak: float = param(doc="Highest value.", ge=1e-12, le=_LIMIT)
    over: Duration = param(doc="Duration of the cycle.")
    rise: float = param(0.3, doc="Fraction of the cycle before the peak.", ge=0, le=1)
    start_divisor: float = param(25.0, doc="Ratio of the peak to the initial value.", ge=1, le=1e9)
    end_divisor: float = param(1e4, doc="Ratio of the initial value to the final value.", ge=1, le=1e9)

    @property
    def start(self) -> float:
        """The initial value."""
        return self.peak / self.start_divisor

    @property
    def end(self) -> float:
        """The final value."""
        return self.start / self.end_divisor

    def extent(self) -> tuple[float, float]:
        """Return the lowest and the highest value."""
        return self.end, self.peak
