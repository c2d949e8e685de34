"""Defines the parameters of figures."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.plugin.parameters import param


@attrs.frozen
class LossCurvesParams:
    """Parameters of `loss_curves`."""

    columns: int = param(3, doc="Number of panels in a row.", ge=1, le=6)
    skip_epochs: int = param(
        0, doc="Number of epochs to skip at the start, whose large values may hide the rest.", ge=0
    )
    panels: int = param(30, doc="Largest number of panels.", ge=1, le=100)


@attrs.frozen
class LossTermsParams:
    """Parameters of `loss_terms`."""

    terms: int = param(
        10, doc="Largest number of terms with a line of their own, largest first.", ge=1, le=40
    )


@attrs.frozen
class CurriculumParams:
    """Parameters of `curriculum`."""

    channels: int = param(
        200, doc="Largest number of channels of which the epochs with activity are drawn.", ge=0, le=1000
    )


@attrs.frozen
class ReconstructionsParams:
    """Parameters of `reconstructions`."""

    count: int = param(20, doc="Largest number of inputs.", ge=1, le=400)
    columns: int = param(10, doc="Number of inputs side by side.", ge=1, le=40)


@attrs.frozen
class ChannelReconstructionsParams:
    """Parameters of `channel_reconstructions`."""

    columns: int = param(10, doc="Largest number of inputs.", ge=1, le=40)
    channels: int = param(12, doc="Largest number of channels, most used first.", ge=1, le=100)


@attrs.frozen
class ChannelSamplesParams:
    """Parameters of `channel_samples`."""

    columns: int = param(10, doc="Largest number of samples per channel.", ge=1, le=64)
    channels: int = param(20, doc="Largest number of channels, most used first.", ge=1, le=1000)


@attrs.frozen
class ClassSamplesParams:
    """Parameters of `class_samples`."""

    columns: int = param(10, doc="Largest number of samples per class.", ge=1, le=64)
    classes: int = param(20, doc="Largest number of classes, most frequent first.", ge=1, le=1000)


@attrs.frozen
class TraversalsParams:
    """Parameters of `traversals`."""

    channels: int = param(6, doc="Largest number of channels, most used first.", ge=1, le=100)


@attrs.frozen
class PseudoInputsParams:
    """Parameters of `pseudo_inputs`."""

    count: int = param(20, doc="Largest number of pseudo-inputs.", ge=1, le=400)
    columns: int = param(10, doc="Number of pseudo-inputs side by side.", ge=1, le=40)


@attrs.frozen
class SigmaMapsParams:
    """Parameters of `sigma_maps`."""

    count: int = param(10, doc="Largest number of inputs.", ge=1, le=400)
    columns: int = param(10, doc="Number of inputs side by side.", ge=1, le=40)


@attrs.frozen
class SigmaExtremesParams:
    """Parameters of `sigma_extremes`."""

    count: int = param(10, doc="Largest number of inputs with low σ, and with high σ.", ge=1, le=400)
    columns: int = param(10, doc="Number of inputs side by side.", ge=1, le=40)


@attrs.frozen
class HardestParams:
    """Parameters of `hardest`."""

    count: int = param(10, doc="Largest number of inputs.", ge=1, le=400)
    columns: int = param(10, doc="Number of inputs side by side.", ge=1, le=40)


@attrs.frozen
class MostUnusualParams:
    """Parameters of `most_unusual`."""

    count: int = param(10, doc="Largest number of inputs.", ge=1, le=400)
    columns: int = param(10, doc="Number of inputs side by side.", ge=1, le=40)


@attrs.frozen
class LatentScatterParams:
    """Parameters of `latent_scatter`."""

    panels: int = param(12, doc="Largest number of channels, most used first.", ge=1, le=100)
    columns: int = param(4, doc="Number of panels in a row.", ge=1, le=8)
    points: int = param(
        150, doc="Largest number of inputs in a panel, evenly spaced over the held-out data.", ge=1
    )
    least: float = param(0.05, doc="Least responsibility q(c|x) of a point in a panel.", ge=0, le=1)
    classes: int = param(
        10, doc="Largest number of classes with a colour, most frequent first; others are grey.", ge=1, le=20
    )
    share_axes: bool = param(True, doc="Whether all panels have the same scale.")


@attrs.frozen
class LatentMapParams:
    """Parameters of `latent_map`."""

    points: int = param(1000, doc="Largest number of inputs, evenly spaced over the held-out data.", ge=1)
    classes: int = param(
        10, doc="Largest number of classes with a colour, most frequent first; others are grey.", ge=1, le=20
    )
    channels: int = param(20, doc="Largest number of channels with a number, most used first.", ge=0, le=200)


@attrs.frozen
class PriorCentresParams:
    """Parameters of `prior_centres`."""

    channels: int = param(30, doc="Largest number of channels, most used first.", ge=1, le=1000)


@attrs.frozen
class ChannelUsageParams:
    """Parameters of `channel_usage`."""

    order: Literal["usage", "index"] = param("usage", doc="Sort channels by usage, or by index.")


@attrs.frozen
class UsageOverTimeParams:
    """Parameters of `usage_over_time`."""

    channels: int = param(
        10,
        doc="Largest number of channels with a colour, most used first; the rest are one area.",
        ge=1,
        le=10,
    )


@attrs.frozen
class ChannelEvolutionParams:
    """Parameters of `channel_evolution`."""

    panels: int = param(8, doc="Largest number of snapshots, evenly spaced from first to last.", ge=2, le=40)
    columns: int = param(4, doc="Number of panels in a row.", ge=1, le=8)
    points: int = param(400, doc="Largest number of inputs in a panel, evenly spaced.", ge=1)
    classes: int = param(
        10, doc="Largest number of classes with a colour, most frequent first; others are grey.", ge=1, le=20
    )


@attrs.frozen
class EmbeddingDistancesParams:
    """Parameters of `embedding_distances`."""

    channels: int = param(50, doc="Largest number of channels, most used first.", ge=2, le=200)
    annotate: int = param(12, doc="Largest number of channels for which distances are written.", ge=0, le=50)


@attrs.frozen
class ChannelKlParams:
    """Parameters of `channel_kl`."""

    channels: int = param(40, doc="Largest number of channels, most used first.", ge=1, le=200)
    usage: float = param(
        1e-3, doc="Usage from which a channel is shown, as a fraction of the inputs.", ge=0, le=1
    )


@attrs.frozen
class RoutingHardnessParams:
    """Parameters of `routing_hardness`."""

    bins: int = param(25, doc="Number of bins, of equal width.", ge=2, le=200)


@attrs.frozen
class ResponsibilityConfidenceParams:
    """Parameters of `responsibility_confidence`."""

    bins: int = param(25, doc="Number of bins of each histogram, of equal width.", ge=2, le=200)


@attrs.frozen
class ActiveUnitsParams:
    """Parameters of `active_units`."""

    least: float = param(
        0.01, doc="Variance of the posterior mean above which a unit is active.", gt=0, le=1e6
    )
    usage: float = param(
        1e-3,
        doc="Usage from which the units of a channel are shown, as a fraction of the inputs.",
        ge=0,
        le=1,
    )


@attrs.frozen
class TauHeatmapParams:
    """Parameters of `tau_heatmap`."""

    annotate: int = param(200, doc="Largest number of cells for which values are written.", ge=0)


@attrs.frozen
class OwnershipParams:
    """Parameters of `ownership`."""

    channels: int = param(30, doc="Largest number of channels; the rest are one row.", ge=1, le=200)
    classes: int = param(30, doc="Largest number of classes; the rest are one column.", ge=1, le=200)
    annotate: int = param(400, doc="Largest number of cells for which counts are written.", ge=0)


@attrs.frozen
class ConfusionParams:
    """Parameters of `confusion`."""

    annotate: int = param(20, doc="Largest number of classes for which counts are written.", ge=0, le=100)


@attrs.frozen
class ClassAccuracyParams:
    """Parameters of `class_accuracy`."""

    classes: int = param(30, doc="Largest number of classes, least accurate first.", ge=1, le=200)


@attrs.frozen
class ReliabilityParams:
    """Parameters of `reliability`."""

    bins: int = param(15, doc="Number of bins of confidence, of equal width.", ge=2, le=100)


@attrs.frozen
class CertaintyParams:
    """Parameters of `certainty`."""

    bins: int = param(20, doc="Number of bins of confidence, of equal width.", ge=2, le=200)


@attrs.frozen
class SigmaHistogramParams:
    """Parameters of `sigma_histogram`."""

    bins: int = param(30, doc="Number of bins, of equal width.", ge=2, le=200)


@attrs.frozen
class SigmaErrorParams:
    """Parameters of `sigma_error`."""

    points: int = param(1000, doc="Largest number of inputs that are drawn, evenly spaced.", ge=1, le=100_000)


@attrs.frozen
class SigmaByClassParams:
    """Parameters of `sigma_by_class`."""

    classes: int = param(30, doc="Largest number of classes, highest median first.", ge=1, le=200)


@attrs.frozen
class ScoreDistributionsParams:
    """Parameters of `score_distributions`."""

    bins: int = param(30, doc="Number of bins, of equal width.", ge=2, le=200)
    columns: int = param(3, doc="Number of panels in a row.", ge=1, le=6)


@attrs.frozen
class ScoreRocParams:
    """Parameters of `score_roc`."""

    scores: int = param(10, doc="Largest number of scores, best first.", ge=1, le=40)


@attrs.frozen
class RiskCoverageParams:
    """Parameters of `risk_coverage`."""

    least: float = param(0.05, doc="Coverage at which the curve starts, as a fraction.", ge=0, le=0.9)
