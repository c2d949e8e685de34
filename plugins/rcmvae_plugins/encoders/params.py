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
    input_gain: float | None = param(
        None,
        doc="Factor g of g (x - 1/2), which the first layer gets instead of x. Features that were scaled by `standard` have "
        "the deviation 1/8, which 8 turns into 1.",
        gt=0,
        le=1e3,
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


@attrs.frozen
class ResNetParams:
    """Parameters of `[encoder.resnet]`, whose stages have maps of equal size and width."""

    widths: tuple[int, ...] = param(
        (32, 64, 128),
        doc="Number of features of each stage, a multiple of `groups`.",
        ge=1,
        le=4096,
        min_length=1,
    )
    blocks: tuple[int, ...] = param(
        (1, 1, 1), doc="Number of residual blocks of each stage.", ge=1, le=64, min_length=1
    )
    strides: tuple[int, ...] = param(
        (2, 2, 2),
        doc="Whether each stage begins by halving height and width: 2, or 1 if not. The first does so before its blocks.",
        ge=1,
        le=2,
        min_length=1,
    )
    groups: int = param(
        8, doc="Number of groups of features that are normalised together, over all places.", ge=1, le=4096
    )
    pooling: Literal["none", "mean"] = param(
        "none", doc="What dense layers see of the last maps: all places, or the mean over them."
    )
    hidden: tuple[int, ...] = param(
        (256,),
        doc="Number of units of each dense layer after the stages, from first to last.",
        ge=1,
        le=65_536,
    )
    activation: Literal["relu", "gelu", "silu", "elu", "tanh", "softplus"] = param(
        "relu", doc="Activation function after each normalisation and of each dense layer."
    )

    def __attrs_post_init__(self) -> None:
        for name, values in (("blocks", self.blocks), ("strides", self.strides)):
            if len(values) != len(self.widths):
                raise ValueError(f"`{name}` has {len(values)} values for {len(self.widths)} stages")
        wrong = [width for width in self.widths if width % self.groups]
        if wrong:
            raise ValueError(f"`widths` must be multiples of `groups`, {self.groups}, got {wrong[0]}")
