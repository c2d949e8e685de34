"""Defines the parameters of acquisitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from rcmvae_core.plugin.parameters import param

AcquisitionFn = Callable[[Any, int, Any], Any]
"""The type of an acquisition parameter in an implementation."""


@attrs.frozen
class BatchParams:
    """Parameters of acquisitions that choose a diverse batch of high scores."""

    diversity: float = param(
        0.5,
        doc="Weight of the distance to candidates chosen before, relative to the acquisition score.",
        ge=0,
        le=1,
    )
    pool: int = param(
        10, doc="Number of best candidates to consider per chosen candidate.", ge=1, le=1_000_000
    )


@attrs.frozen
class DiverseParams:
    """Parameters of `diverse`."""

    method: str = param(
        "k_center",
        doc="Choose the candidate farthest from those chosen before (k-center), or draw by squared distance "
        "(k-means++).",
        choices=("k_center", "k_means"),
    )


@attrs.frozen
class ProbCoverParams:
    """Parameters of `prob_cover`."""

    purity: float = param(
        0.95,
        doc="Share of candidates in whose ball all candidates have the same channel; it gives the radius of balls.",
        ge=0,
        le=1,
    )
    sample: int = param(
        4096,
        doc="Number of random candidates to choose from and to cover; time grows with its square.",
        ge=1,
        le=100_000,
    )


@attrs.frozen
class TwoPhaseParams:
    """Parameters of `two_phase`."""

    first: AcquisitionFn = param("typical", doc="Acquisition of the first labels.", kind="acquisition")
    then: AcquisitionFn = param("margin", doc="Acquisition of all further labels.", kind="acquisition")
    labels: int = param(20, doc="Number of labels up to which `first` chooses.", ge=0, le=1_000_000)
