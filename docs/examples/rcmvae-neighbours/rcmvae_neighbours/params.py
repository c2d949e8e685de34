"""Parameters; nothing heavy is imported here."""

from __future__ import annotations

import attrs
from rcmvae_core import ScheduleFn, param, schedule


@attrs.frozen
class GaussianParams:
    """`[affinity.gaussian]`."""

    bandwidth: float = param(
        0.2, doc="Distance h, root mean square over the input, within which inputs are alike.", ge=1e-3, le=10
    )


@attrs.frozen
class NeighboursParams:
    """`[loss.LABEL.neighbours]`."""

    sharpness: ScheduleFn = schedule(
        1.0, doc="Power s of affinities: the larger, the fewer inputs count as neighbours.", ge=0.1, le=100
    )


@attrs.frozen
class LowRankParams:
    """`[conditioner.low_rank]`."""

    rank: int = param(4, doc="Directions r in each layer.", ge=1, le=1024)
