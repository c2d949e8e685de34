"""Parameters of schedules that do the same again and again: a ramp, a fall, a stair."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.params import Duration, param

_LIMIT = 1e12


@attrs.frozen
class CyclicalParams:
    """`cyclical`."""

    start: float = param(doc="Value at the start of each cycle.", ge=-_LIMIT, le=_LIMIT)
    end: float = param(
        doc="Value after the ramp of each cycle, and after the last one.", ge=-_LIMIT, le=_LIMIT
    )
    period: Duration = param(doc="How long a cycle takes, at least 2 steps.")
    ramp: float = param(0.5, doc="Share of a cycle in which the value changes.", ge=1e-3, le=1)
    cycles: int | None = param(None, doc="How many cycles there are; absent, they never end.", ge=1, le=10**6)
    shape: Literal["linear", "cosine"] = param("linear", doc="The ramp: a line, or half a cosine.")
    delay: Duration = param(Duration(0), doc="How long the first value is kept before the first cycle.")

    def extent(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return min(self.start, self.end), max(self.start, self.end)


@attrs.frozen
class SgdrParams:
    """`sgdr`."""

    start: float = param(doc="Value at the start of the first cycle.", ge=-_LIMIT, le=_LIMIT)
    end: float = param(doc="Value at the end of each cycle, and from the last one on.", ge=-_LIMIT, le=_LIMIT)
    period: Duration = param(doc="How long the first cycle takes, at least 2 steps.")
    cycles: int = param(doc="How many cycles there are.", ge=1, le=1000)
    growth: float = param(1.0, doc="How many times as long as the one before each cycle is.", ge=1, le=10)
    shrink: float = param(
        1.0, doc="What the distance from `end` to a cycle's first value is multiplied by.", ge=1e-3, le=1
    )

    def extent(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return min(self.start, self.end), max(self.start, self.end)


@attrs.frozen
class StepsParams:
    """`steps`."""

    start: float = param(doc="Value at first.", ge=1e-12, le=_LIMIT)
    factor: float = param(doc="What the value is multiplied by.", ge=1e-6, lt=1)
    every: Duration = param(doc="How long each value is kept, at least 1 step.")
    floor: float = param(0.0, doc="The value falls no lower.", ge=0, le=_LIMIT)
    delay: Duration = param(Duration(0), doc="How much longer the first value is kept.")

    def __attrs_post_init__(self) -> None:
        if self.floor > self.start:
            raise ValueError(f"floor, {self.floor}, must be at most start, {self.start}")

    def extent(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return self.floor, self.start
