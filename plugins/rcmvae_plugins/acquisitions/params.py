"""Defines the parameters of acquisitions."""

from __future__ import annotations

import attrs

from rcmvae_core.plugin.parameters import param


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
