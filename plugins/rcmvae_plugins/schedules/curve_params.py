"""Parameters of schedules that are no straight line. `extent` is as in `params`."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.params import Duration, param

_LIMIT = 1e12


@attrs.frozen
class CosineParams:
    """`cosine`."""

    start: float = param(doc="Value at first.", ge=-_LIMIT, le=_LIMIT)
    end: float = param(doc="Value at the end, and from then on.", ge=-_LIMIT, le=_LIMIT)
    over: Duration = param(doc="How long the change takes.")
    delay: Duration = param(Duration(0), doc="How long the first value is kept.")

    def extent(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return min(self.start, self.end), max(self.start, self.end)


@attrs.frozen
class ExponentialParams:
    """`exponential`."""

    start: float = param(doc="Value at first.", ge=1e-12, le=_LIMIT)
    end: float = param(doc="Value at the end, and from then on.", ge=1e-12, le=_LIMIT)
    over: Duration = param(doc="How long the change takes.")
    delay: Duration = param(Duration(0), doc="How long the first value is kept.")

    def extent(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return min(self.start, self.end), max(self.start, self.end)


@attrs.frozen
class PolynomialParams:
    """`polynomial`."""

    start: float = param(doc="Value at first.", ge=-_LIMIT, le=_LIMIT)
    end: float = param(doc="Value at the end, and from then on.", ge=-_LIMIT, le=_LIMIT)
    over: Duration = param(doc="How long the change takes.")
    delay: Duration = param(Duration(0), doc="How long the first value is kept.")
    power: float = param(
        2.0, doc="Above 1 the change is fast at first and slow at last, below 1 the reverse.", ge=0.01, le=100
    )

    def extent(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return min(self.start, self.end), max(self.start, self.end)


@attrs.frozen
class PiecewiseParams:
    """`piecewise`."""

    values: tuple[float, ...] = param(doc="The values.", ge=-_LIMIT, le=_LIMIT, min_length=1)
    at: tuple[Duration, ...] = param(
        doc="When each value is reached, in order; before the first time the first value holds.", min_length=1
    )
    interpolation: Literal["steps", "linear"] = param(
        "steps", doc="Keep a value until the next, or join them by lines."
    )

    def __attrs_post_init__(self) -> None:
        if len(self.values) != len(self.at):
            raise ValueError(f"values has {len(self.values)} elements and at has {len(self.at)}: one each")

    def extent(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return min(self.values), max(self.values)
