"""Defines the parameters of augmentations: bounds of random changes, which 0 turns off."""

from __future__ import annotations

import attrs

from rcmvae_core.plugin.parameters import param


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
