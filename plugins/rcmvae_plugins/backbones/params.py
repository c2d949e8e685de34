"""Parameters of backbones."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.params import param


@attrs.frozen
class DenseParams:
    """`[backbone.dense]`."""

    hidden: tuple[int, ...] = param(
        (256, 256), doc="Units of each hidden layer, first to last.", ge=1, le=65_536, min_length=1
    )
    activation: Literal["relu", "gelu", "silu", "elu", "tanh", "softplus"] = param(
        "relu", doc="Non-linearity after each hidden layer and its conditioning."
    )
