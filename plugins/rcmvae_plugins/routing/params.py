"""Parameters of routing."""

from __future__ import annotations

import attrs

from rcmvae_core.params import Duration, ScheduleFn, param, schedule

_TOP_M = "Channels M decoded for each input, those of largest weight; absent, or K and more, all."
_SOFT_EMBEDDING = "How long, from the start, every channel's embedding is replaced by their mean under q."


@attrs.frozen
class SoftParams:
    """`[routing.soft]`."""

    top_m: int | None = param(None, doc=_TOP_M, ge=1, le=10_000)
    soft_embedding: Duration = param(Duration(0), doc=_SOFT_EMBEDDING)


@attrs.frozen
class GumbelParams:
    """`[routing.gumbel]`."""

    temperature: ScheduleFn = schedule(
        1.0,
        doc="Temperature T of the relaxation: high is nearly even, low is nearly one channel.",
        ge=0,
        le=1000,
    )
    floor: float = param(
        0.5,
        doc="Lowest T, whatever the schedule says; the gradient's variance grows as T falls.",
        ge=0.01,
        le=1000,
    )
    straight_through: bool = param(
        False, doc="Select one channel in the forward pass, and differentiate as if it were the relaxation."
    )
    top_m: int | None = param(None, doc=_TOP_M, ge=1, le=10_000)
    soft_embedding: Duration = param(Duration(0), doc=_SOFT_EMBEDDING)

    def __attrs_post_init__(self) -> None:
        # While a spec is checked the schedule is still a part, whose parameters know its extent.
        extent = getattr(getattr(self.temperature, "params", None), "extent", None)
        if extent is not None and (high := extent()[1]) < self.floor:
            raise ValueError(
                f"temperature never rises above {high:g}, so floor, {self.floor:g}, would replace it"
            )
