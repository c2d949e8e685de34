"""Parameters of encoders."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.params import param


@attrs.frozen
class DenseParams:
    """`[encoder.dense]`."""

    hidden: tuple[int, ...] = param(
        (256, 256), doc="Units of each hidden layer, first to last.", ge=1, le=65_536
    )
    activation: Literal["relu", "gelu", "silu", "elu", "tanh", "softplus"] = param(
        "relu", doc="Non-linearity after each hidden layer."
    )


@attrs.frozen
class ConvParams:
    """`[encoder.conv]`."""

    features: tuple[int, ...] = param(
        (32, 64),
        doc="Features of each convolution, each of which halves the sides.",
        ge=1,
        le=4096,
        min_length=1,
    )
    kernel_size: int = param(3, doc="Side of each convolution's kernel, in pixels.", ge=2, le=15)
    hidden: tuple[int, ...] = param(
        (256,), doc="Units of each dense layer after the convolutions, first to last.", ge=1, le=65_536
    )
    activation: Literal["relu", "gelu", "silu", "elu", "tanh", "softplus"] = param(
        "relu", doc="Non-linearity after each convolution and each dense layer."
    )
