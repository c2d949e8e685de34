"""Parameters of schedules that rise to a peak and fall again."""

from __future__ import annotations

import attrs

from rcmvae_core.params import Duration, param

_LIMIT = 1e12


@attrs.frozen
class WarmupCosineParams:
    """`warmup_cosine`."""

    peak: float = param(doc="Value at the end of the warm-up.", ge=-_LIMIT, le=_LIMIT)
    warmup: Duration = param(doc="How long the way to the peak takes, in a straight line.")
    over: Duration = param(doc="When the end is reached; counts from step 0, so the warm-up is part of it.")
    start: float = param(0.0, doc="Value at first.", ge=-_LIMIT, le=_LIMIT)
    end: float = param(0.0, doc="Value at the end, and from then on.", ge=-_LIMIT, le=_LIMIT)

    def extent(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return min(self.start, self.peak, self.end), max(self.start, self.peak, self.end)


@attrs.frozen
class WarmupExponentialParams:
    """`warmup_exponential`."""

    peak: float = param(doc="Value at the end of the warm-up.", ge=1e-12, le=_LIMIT)
    end: float = param(doc="Value at the end, and from then on.", ge=1e-12, le=_LIMIT)
    warmup: Duration = param(doc="How long the way to the peak takes, in a straight line.")
    over: Duration = param(doc="When the end is reached; counts from step 0, so the warm-up is part of it.")
    start: float = param(0.0, doc="Value at first.", ge=-_LIMIT, le=_LIMIT)

    def extent(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return min(self.start, self.peak, self.end), max(self.start, self.peak, self.end)


@attrs.frozen
class OneCycleParams:
    """`one_cycle`."""

    peak: float = param(doc="The highest value.", ge=1e-12, le=_LIMIT)
    over: Duration = param(doc="How long the cycle takes.")
    rise: float = param(0.3, doc="Share of the cycle up to the peak.", ge=0, le=1)
    start_divisor: float = param(25.0, doc="The peak divided by this is the first value.", ge=1, le=1e9)
    end_divisor: float = param(1e4, doc="The first value divided by this is the last.", ge=1, le=1e9)

    @property
    def start(self) -> float:
        """The first value."""
        return self.peak / self.start_divisor

    @property
    def end(self) -> float:
        """The last value."""
        return self.start / self.end_divisor

    def extent(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return self.end, self.peak
