"""Defines the parameters of conditioners."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.plugin.parameters import param


@attrs.frozen
class ConcatParams:
    """Parameters of `[conditioner.concat]`."""

    units: int = param(16, doc="Number of features appended, a linear map of the embedding.", ge=1, le=4096)


@attrs.frozen
class ComponentAwareParams:
    """Parameters of `[conditioner.component_aware]`."""

    units: int = param(
        64, doc="Hidden units for the embedding; the features keep their own number.", ge=1, le=4096
    )
    activation: Literal["relu", "gelu", "silu", "elu", "tanh", "softplus"] = param(
        "relu", doc="Activation function of both hidden layers."
    )
