"""Defines the parameters of metrics."""

from __future__ import annotations

import attrs

from rcmvae_core.plugin.parameters import param


@attrs.frozen
class CalibrationParams:
    """Parameters of `ece` and `adaptive_ece`."""

    bins: int = param(15, doc="Number of bins of confidence.", ge=1, le=1000)


@attrs.frozen
class ActiveChannelsParams:
    """Parameters of `active_channels`."""

    least: float = param(1e-3, doc="Usage from which a channel counts.", gt=0, le=1)


@attrs.frozen
class FreeChannelsParams:
    """Parameters of `free_channels`."""

    usage: float = param(1e-3, doc="Usage below which a channel is free.", ge=0, le=1)
    evidence: float = param(
        0.5, doc="Labels that a channel has seen of a class, below which it is free.", ge=0, le=1e6
    )


@attrs.frozen
class TauCoverageParams:
    """Parameters of `tau_coverage`."""

    least: float = param(0.5, doc="Value of tau from which a channel owns a class.", gt=0, le=1)


@attrs.frozen
class ActiveUnitsParams:
    """Parameters of `active_units`."""

    least: float = param(0.01, doc="Variance of the posterior mean above which a unit counts.", ge=0, le=1e6)
    usage: float = param(1e-3, doc="Usage from which the units of a channel can count.", ge=0, le=1)


@attrs.frozen
class SilhouetteParams:
    """Parameters of `silhouette`."""

    inputs: int = param(
        1000,
        doc="Largest number of inputs of a channel, evenly spaced over the held-out data.",
        ge=3,
        le=20000,
    )
