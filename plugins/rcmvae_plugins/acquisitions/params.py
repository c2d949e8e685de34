"""Parameters of acquisitions."""

from __future__ import annotations

import attrs

from rcmvae_core.params import param


@attrs.frozen
class BatchParams:
    """Parameters of acquisitions that choose the best, unlike each other."""

    diversity: float = param(
        0.5,
        doc="How much being unlike those chosen before counts, beside being worth asking about.",
        ge=0,
        le=1,
    )
    pool: int = param(
        10, doc="Candidates looked at for each one chosen: the best of all.", ge=1, le=1_000_000
    )


@attrs.frozen
class DiverseParams:
    """`diverse`."""

    method: str = param(
        "k_center",
        doc="The farthest from those chosen (k-center), or drawn by squared distance (k-means++).",
        choices=("k_center", "k_means"),
    )
