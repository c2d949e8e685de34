"""Define parameters; this module imports nothing heavy, since every command imports it."""

from __future__ import annotations

import attrs
from rcmvae_core import ScheduleFn, param, schedule


@attrs.frozen
class GaussianParams:
    """Parameters of affinity `gaussian`."""

    bandwidth: float = param(
        0.2, doc="Distance h within which inputs are similar: root mean square over an input.", ge=1e-3, le=10
    )


@attrs.frozen
class NeighboursParams:
    """Parameters of loss `neighbours`."""

    sharpness: ScheduleFn = schedule(
        1.0, doc="Power s of affinities: a larger one makes fewer inputs neighbours.", ge=0.1, le=100
    )


@attrs.frozen
class LowRankParams:
    """Parameters of conditioner `low_rank`."""

    rank: int = param(4, doc="Rank r of the change in each layer.", ge=1, le=1024)
