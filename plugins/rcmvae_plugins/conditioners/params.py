"""Parameters of conditioners."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.params import param


@attrs.frozen
class ConcatParams:
    """`[conditioner.concat]`."""

    units: int = param(16, doc="Units of the embedding's map that stands beside the features.", ge=1, le=4096)


@attrs.frozen
class ComponentAwareParams:
    """`[conditioner.component_aware]`."""

    units: int = param(
        64, doc="Units of the embedding's path; the features' path has as many as they.", ge=1, le=4096
    )
    activation: Literal["relu", "gelu", "silu", "elu", "tanh", "softplus"] = param(
        "relu", doc="Non-linearity in both paths."
    )
