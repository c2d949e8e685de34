"""Defines the parameters of encoders."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.plugin.parameters import param


@attrs.frozen
class DenseParams:
    """Parameters of `[encoder.dense]`."""

    hidden: tuple[int, ...] = param(
        (256, 256), doc="Number of units of each hidden layer, from first to last.", ge=1, le=65_536
    )
    activation: Literal["relu", "gelu", "silu", "elu", "tanh", "softplus"] = param(
        "relu", doc="Activation function of each hidden layer."
    )


@attrs.frozen
class ConvParams:
    """Parameters of `[encoder.conv]`."""

    features: tuple[int, ...] = param(
        (32, 64),
        doc="Number of features of each convolution, which halves height and width.",
        ge=1,
        le=4096,
        min_length=1,
    )
    kernel_size: int = param(3, doc="Height and width of each convolution's kernel, in pixels.", ge=2, le=15)
    hidden: tuple[int, ...] = param(
        (256,),
        doc="Number of units of each dense layer after the convolutions, from first to last.",
        ge=1,
        le=65_536,
    )
    activation: Literal["relu", "gelu", "silu", "elu", "tanh", "softplus"] = param(
        "relu", doc="Activation function of each convolution and each dense layer."
    )
