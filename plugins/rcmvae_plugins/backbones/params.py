"""Defines the parameters of backbones."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.plugin.parameters import param


@attrs.frozen
class DenseParams:
    """Parameters of `[backbone.dense]`."""

    hidden: tuple[int, ...] = param(
        (256, 256),
        doc="Number of units of each hidden layer, from first to last.",
        ge=1,
        le=65_536,
        min_length=1,
    )
    activation: Literal["relu", "gelu", "silu", "elu", "tanh", "softplus"] = param(
        "relu", doc="Activation function of each hidden layer, after its conditioner."
    )


@attrs.frozen
class ConvParams:
    """Parameters of `[backbone.conv]`."""

    features: tuple[int, ...] = param(
        (64, 32, 16),
        doc="Number of features of each layer, from the coarsest map to the image size; each doubles height and width.",
        ge=1,
        le=4096,
        min_length=2,
    )
    kernel_size: int = param(
        3, doc="Height and width of each convolution's kernel, in places of the coarser map.", ge=1, le=15
    )
    activation: Literal["relu", "gelu", "silu", "elu", "tanh", "softplus"] = param(
        "relu", doc="Activation function of each layer, after its conditioner."
    )
