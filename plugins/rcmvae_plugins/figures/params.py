"""Parameters of the figures."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.params import param


@attrs.frozen
class LossCurvesParams:
    """Parameters of `loss_curves`."""

    columns: int = param(3, doc="Panels in a row.", ge=1, le=6)
    skip_epochs: int = param(
        0, doc="Epochs left out at the start, whose large values may hide the rest.", ge=0
    )


@attrs.frozen
class ReconstructionsParams:
    """Parameters of `reconstructions`."""

    count: int = param(20, doc="Inputs shown, at most.", ge=1, le=400)
    columns: int = param(
        10, doc="Images side by side; rows of features are one below the other.", ge=1, le=40
    )


@attrs.frozen
class ChannelSamplesParams:
    """Parameters of `channel_samples`."""

    columns: int = param(10, doc="Samples shown of each channel, at most.", ge=1, le=64)
    channels: int = param(30, doc="Channels shown, at most, the most used first.", ge=1, le=1000)


@attrs.frozen
class LatentScatterParams:
    """Parameters of `latent_scatter`."""

    panels: int = param(12, doc="Channels shown, at most, the most used first.", ge=1, le=100)
    columns: int = param(4, doc="Panels in a row.", ge=1, le=8)
    points: int = param(400, doc="Inputs shown in a panel, at most, spread evenly over the data.", ge=1)
    classes: int = param(
        10, doc="Classes with a colour, at most, the most frequent first; the rest are grey.", ge=1, le=20
    )
    share_axes: bool = param(True, doc="Whether all panels have the same scale.")


@attrs.frozen
class ChannelUsageParams:
    """Parameters of `channel_usage`."""

    order: Literal["usage", "index"] = param("usage", doc="Most used channel first, or by number.")


@attrs.frozen
class TauHeatmapParams:
    """Parameters of `tau_heatmap`."""

    annotate: int = param(200, doc="Cells in the map up to which each shows its value.", ge=0)


@attrs.frozen
class ConfusionParams:
    """Parameters of `confusion`."""

    annotate: int = param(20, doc="Classes up to which each cell shows its count.", ge=0, le=100)


@attrs.frozen
class ReliabilityParams:
    """Parameters of `reliability`."""

    bins: int = param(15, doc="Bins of confidence, of equal width.", ge=2, le=100)


@attrs.frozen
class RiskCoverageParams:
    """Parameters of `risk_coverage`."""

    least: float = param(0.05, doc="Share of the predictions from which the curve is drawn.", ge=0, le=0.9)
