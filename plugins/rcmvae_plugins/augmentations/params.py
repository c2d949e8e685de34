"""Defines the parameters of augmentations: bounds of random changes, which 0 turns off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import attrs

from rcmvae_core.plugin.parameters import param

AugmentationFn = Callable[[Any, Any], Any]
"""The type of an augmentation parameter in an implementation: `(x, key) -> x`."""


@attrs.frozen
class ImageParams:
    """Parameters of `image`."""

    rotation: float = param(15.0, doc="Largest rotation in either direction, in degrees.", ge=0, le=180)
    scale: float = param(
        0.1, doc="Largest zoom: the factor is between 1 / (1 + scale) and 1 + scale.", ge=0, le=3
    )
    shear: float = param(0.0, doc="Largest slant of columns in either direction, in degrees.", ge=0, le=60)
    shift: float = param(0.1, doc="Largest shift along each axis, as a fraction of the side.", ge=0, le=1)
    mirror: float = param(0.0, doc="Probability of exchanging left and right.", ge=0, le=1)
    brightness: float = param(
        0.0, doc="Largest change of brightness: x is multiplied by up to 1 ± brightness.", ge=0, le=1
    )
    contrast: float = param(
        0.0,
        doc="Largest change of contrast: the difference from the image's mean is multiplied by up to 1 ± contrast.",
        ge=0,
        le=1,
    )
    saturation: float = param(
        0.0,
        doc="Largest change of saturation, for images with three colours: the difference from grey is multiplied by "
        "up to 1 ± saturation.",
        ge=0,
        le=1,
    )


@attrs.frozen
class NoiseParams:
    """Parameters of `noise`."""

    std: float = param(
        0.1, doc="Standard deviation of Gaussian noise, in units of x, which is in [0, 1].", ge=0, le=1
    )
    dropout: float = param(0.0, doc="Probability of setting a feature to zero.", ge=0, lt=1)


@attrs.frozen
class CorruptParams:
    """Parameters of `corrupt`."""

    probability: float = param(
        0.3,
        doc="Probability of replacing a feature by that of another input, drawn for each feature.",
        ge=0,
        le=1,
    )


@attrs.frozen
class CropParams:
    """Parameters of `crop`."""

    padding: float = param(
        0.125,
        doc="Width of the padding on every side, as a fraction of the side; rounded up to whole pixels.",
        ge=0,
        le=1,
    )
    mode: Literal["zero", "reflect"] = param(
        "zero", doc="Padding: `zero`, or `reflect`, the image's mirror image without its edge."
    )


@attrs.frozen
class EraseParams:
    """Parameters of `erase`."""

    count: int = param(1, doc="Number of squares in an image.", ge=1, le=64)
    smallest: float = param(
        0.2, doc="Least side of a square, as a fraction of the image's shorter side.", ge=0, le=2
    )
    largest: float = param(
        0.5, doc="Largest side of a square, as a fraction of the image's shorter side.", ge=0, le=2
    )
    fill: Literal["zero", "mean", "noise"] = param(
        "zero", doc="Fill: `zero`, the image's `mean` colour, or uniform `noise`."
    )
    probability: float = param(1.0, doc="Probability of erasing squares of an image.", ge=0, le=1)

    def __attrs_post_init__(self) -> None:
        if self.smallest > self.largest:
            raise ValueError(
                f"`smallest` must be at most `largest`, got {self.smallest:g} and {self.largest:g}"
            )


@attrs.frozen
class ElasticParams:
    """Parameters of `elastic`."""

    magnitude: float = param(
        0.04,
        doc="Standard deviation of each pixel's displacement along each axis, as a fraction of the shorter side.",
        ge=0,
        le=1,
    )
    smoothness: float = param(
        0.15,
        doc="Length over which displacements are alike, as a fraction of the shorter side.",
        ge=0.02,
        le=1,
    )


@attrs.frozen
class BlurParams:
    """Parameters of `blur`."""

    sigma: float = param(
        1.0, doc="Largest standard deviation of the Gaussian kernel, in pixels.", ge=0, le=100
    )


@attrs.frozen
class ComposeParams:
    """Parameters of `compose`."""

    of: tuple[AugmentationFn, ...] = param(
        doc="Augmentations to draw from, applied in this order.",
        kind="augmentation",
        many=True,
        min_length=1,
    )
    count: int | None = param(
        None, doc="Number of augmentations that each input gets, drawn at random; all if absent.", ge=1
    )

    def __attrs_post_init__(self) -> None:
        if self.count is not None and self.count > len(self.of):
            raise ValueError(
                f"`count` must be at most the number of augmentations, got {self.count} of {len(self.of)}"
            )


@attrs.frozen
class WeakParams:
    """Parameters of `weak`."""

    magnitude: float = param(1.0, doc="Factor of all changes but mirroring.", ge=0, le=3)
    mirror: float = param(
        0.0, doc="Probability of exchanging left and right; 0 where it changes the class.", ge=0, le=1
    )


STRONG_OPERATIONS = (
    "rotation",
    "zoom",
    "shear",
    "shift",
    "elastic",
    "brightness",
    "contrast",
    "saturation",
    "blur",
)
"""The operations of which `strong` draws; `saturation` only for images with three colours."""


@attrs.frozen
class StrongParams:
    """Parameters of `strong`."""

    magnitude: float = param(
        1.0, doc="Factor of all changes but mirroring, and of the erased square.", ge=0, le=1
    )
    count: int = param(
        3,
        doc="Number of operations that each image gets, drawn at random from nine; without three colours from eight.",
        ge=1,
        le=len(STRONG_OPERATIONS),
    )
    mirror: float = param(
        0.0, doc="Probability of exchanging left and right; 0 where it changes the class.", ge=0, le=1
    )
