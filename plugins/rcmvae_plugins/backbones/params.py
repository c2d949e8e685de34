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


@attrs.frozen
class ConvParams:
    """`[backbone.conv]`."""

    features: tuple[int, ...] = param(
        (64, 32, 16),
        doc="Features of each layer, from the coarsest map to the image's size; each doubles the sides.",
        ge=1,
        le=4096,
        min_length=2,
    )
    kernel_size: int = param(
        3, doc="Side of each convolution's kernel, in places of the coarser map.", ge=1, le=15
    )
    activation: Literal["relu", "gelu", "silu", "elu", "tanh", "softplus"] = param(
        "relu", doc="Non-linearity after each layer and its conditioning."
    )
