"""Defines the parameters of routing."""

from __future__ import annotations

import attrs

from rcmvae_core.plugin.duration import Duration
from rcmvae_core.plugin.parameters import ScheduleFn, param, schedule

_TOP_M = "Number M of channels to decode for each input, those with the largest weights; if absent, all."
_SOFT_EMBEDDING = "Initial duration in which every embedding is replaced by the mean embedding under q(c|x)."


@attrs.frozen
class SoftParams:
    """Parameters of `[routing.soft]`."""

    top_m: int | None = param(None, doc=_TOP_M, ge=1, le=10_000)
    soft_embedding: Duration = param(Duration(0), doc=_SOFT_EMBEDDING)


@attrs.frozen
class GumbelParams:
    """Parameters of `[routing.gumbel]`."""

    temperature: ScheduleFn = schedule(
        1.0,
        doc="Temperature T of the relaxation, by step: weights are nearly uniform at a high T, nearly one-hot at a low T.",
        ge=0,
        le=1000,
    )
    floor: float = param(
        0.5,
        doc="Lower bound of the scheduled T; the variance of the gradient increases as T decreases.",
        ge=0.01,
        le=1000,
    )
    straight_through: bool = param(
        False, doc="Use one-hot weights in the forward pass and the gradient of the relaxation."
    )
    top_m: int | None = param(None, doc=_TOP_M, ge=1, le=10_000)
    soft_embedding: Duration = param(Duration(0), doc=_SOFT_EMBEDDING)

    def __attrs_post_init__(self) -> None:
        # During validation the schedule is a part that is not built yet, and its parameters have an `extent`.
        extent = getattr(getattr(self.temperature, "params", None), "extent", None)
        if extent is not None and (high := extent()[1]) < self.floor:
            raise ValueError(
                f"`floor` must be at most the highest `temperature`, {high:g}, got {self.floor:g}"
            )
