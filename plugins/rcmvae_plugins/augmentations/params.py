"""Parameters of augmentations; each bounds a change drawn for every input anew, and 0 turns it off."""

from __future__ import annotations

import attrs

from rcmvae_core.params import param


@attrs.frozen
class ImageParams:
    """`image`."""

    rotation: float = param(15.0, doc="Largest turn to either side, in degrees.", ge=0, le=180)
    scale: float = param(
        0.1, doc="Largest zoom: the factor is between 1 / (1 + scale) and 1 + scale.", ge=0, le=3
    )
    shear: float = param(0.0, doc="Largest slant of columns to either side, in degrees.", ge=0, le=60)
    shift: float = param(0.1, doc="Largest shift along each axis, as a share of the side.", ge=0, le=1)
    mirror: float = param(0.0, doc="Probability of a mirror image, left for right.", ge=0, le=1)
    brightness: float = param(
        0.0, doc="Largest change of brightness: x is multiplied by up to 1 ± brightness.", ge=0, le=1
    )
    contrast: float = param(
        0.0, doc="Largest change of contrast: the distance from the image's mean, by up to 1 ± contrast.",
        ge=0, le=1,
    )  # fmt: skip
    saturation: float = param(
        0.0, doc="Largest change of saturation, of three colours only: the distance from grey.", ge=0, le=1
    )


@attrs.frozen
class NoiseParams:
    """`noise`."""

    std: float = param(
        0.1, doc="Standard deviation of Gaussian noise, in units of x, which lies in [0, 1].", ge=0, le=1
    )
    dropout: float = param(0.0, doc="Probability that a feature is set to zero.", ge=0, lt=1)
