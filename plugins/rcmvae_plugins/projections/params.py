"""Defines the parameters of projections."""

from __future__ import annotations

import attrs

from rcmvae_core.plugin.parameters import param


@attrs.frozen
class PcaParams:
    """Parameters of `pca`."""

    fitted: int = param(
        50_000, doc="Number of inputs to fit it to, evenly spaced, if there are more.", ge=2, le=10_000_000
    )


@attrs.frozen
class UmapParams:
    """Parameters of `umap`."""

    neighbours: int = param(
        15,
        doc="Number of neighbours that an input stays close to; more shows the whole better.",
        ge=2,
        le=1000,
    )
    min_dist: float = param(0.1, doc="How close inputs may lie; less packs groups tighter.", ge=0, le=0.99)
    fitted: int = param(
        10_000,
        doc="Number of inputs to fit it to, evenly spaced, if there are more; others lie between their neighbours.",
        ge=2,
        le=1_000_000,
    )
