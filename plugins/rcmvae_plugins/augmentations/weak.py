"""Builds the weak view of images."""

from __future__ import annotations

import attrs

from rcmvae_core.plugin.protocols import Augmentation, BuildContext
from rcmvae_plugins.augmentations._images import image_shape
from rcmvae_plugins.augmentations.image import image
from rcmvae_plugins.augmentations.params import ImageParams, WeakParams

_AT_ONE = ImageParams(rotation=5.0, scale=0.05, shift=0.08)


def weak(params: WeakParams, context: BuildContext) -> Augmentation:
    """Rotate by up to 5°, zoom by up to 5 %, shift by up to 8 % of each side, all times the magnitude, and mirror.

    The view of which a loss takes what the model says already, as the target for a `strong` view of the same image.

    Args:
        params: the magnitude and the probability of mirroring.
        context: the shape of an image.

    Returns:
        An Augmentation, clipped to [0, 1]; exactly the identity if `magnitude` and `mirror` are 0.

    Raises:
        ValueError: if inputs are not images.

    Source: K. Sohn et al., "FixMatch: Simplifying Semi-Supervised Learning with Consistency and Confidence", 2020.
    """
    image_shape("weak", context)
    bounds = {name: params.magnitude * getattr(_AT_ONE, name) for name in ("rotation", "scale", "shift")}
    return image(attrs.evolve(_AT_ONE, **bounds, mirror=params.mirror), context)
