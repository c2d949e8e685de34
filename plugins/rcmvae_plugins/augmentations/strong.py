"""Builds the strong view of images."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import Augmentation, BuildContext
from rcmvae_plugins.augmentations._affine import Geometry, source_positions
from rcmvae_plugins.augmentations._color import ColorFactors, adjust_color
from rcmvae_plugins.augmentations._displacement import draw_displacements
from rcmvae_plugins.augmentations._images import image_shape
from rcmvae_plugins.augmentations._sampling import sample
from rcmvae_plugins.augmentations._smoothing import smooth
from rcmvae_plugins.augmentations._squares import covered, draw_squares
from rcmvae_plugins.augmentations.erase import mean_color
from rcmvae_plugins.augmentations.image import draw_color_factors, draw_geometry
from rcmvae_plugins.augmentations.params import STRONG_OPERATIONS, ImageParams, StrongParams

_RGB = 3
# At magnitude 1; lengths are fractions of the shorter side.
_DISPLACEMENT, _SMOOTHNESS, _SIGMA, _SQUARE = 0.04, 0.15, 0.04, 0.4
Chosen = dict[str, Float[Array, " B"]]


def strong(params: StrongParams, context: BuildContext) -> Augmentation:
    """Apply some of nine operations, drawn at random for each image, then erase a square.

    At magnitude 1: rotation by up to 30°, zoom by up to 1.3, shear by up to 20°, shift by up to 15 % of each side, an
    elastic deformation with standard deviation 4 % of the shorter side, brightness, contrast and, in three colours,
    saturation by up to ±50 %, and blur with σ up to 4 %; all are proportional to the magnitude, and each image draws its
    own within them. The square has a side of up to 40 %, with zeros in images of one colour and else with the image's
    mean colour.

    Operations that an image does not draw have magnitude 0 for it. All changes of geometry are one map of positions, so
    that pixels are read, and interpolated, once.

    Args:
        params: the magnitude, the number of operations and the probability of mirroring.
        context: the shape of an image.

    Returns:
        An Augmentation, clipped to [0, 1]; exactly the identity if `magnitude` and `mirror` are 0.

    Raises:
        ValueError: if inputs are not images.

    Source: E. D. Cubuk et al., "RandAugment: Practical Automated Data Augmentation with a Reduced Search Space", 2020;
    K. Sohn et al., "FixMatch: Simplifying Semi-Supervised Learning with Consistency and Confidence", 2020.
    """
    height, width, colors = image_shape("strong", context)
    sides, unit = (height, width), params.magnitude * min(height, width)
    bounds = _bounds(params)
    names = [name for name in STRONG_OPERATIONS if name != "saturation" or colors == _RGB]

    def augment(x: Float[Array, "B H W C"], key: Key[Array, ""]) -> Float[Array, "B H W C"]:
        choice_key, color_key, geometry_key, field_key, blur_key, square_key = jax.random.split(key, 6)
        chosen = draw_operations(choice_key, len(x), names, params.count)
        # Colours first, so that pixels from outside stay black.
        x = jnp.clip(adjust_color(x, _colors(draw_color_factors(bounds, color_key, len(x)), chosen)), 0, 1)
        geometry = _geometry(draw_geometry(bounds, geometry_key, len(x), sides), chosen)
        row, column = source_positions(height, width, geometry)
        field = draw_displacements(field_key, len(x), sides, _SMOOTHNESS * min(sides))
        moved = _DISPLACEMENT * unit * chosen["elastic"][:, None, None, None] * field
        x = sample(x, row + moved[:, 0], column + moved[:, 1])
        x = smooth(x, chosen["blur"] * jax.random.uniform(blur_key, (len(x),), maxval=_SIGMA * unit))
        squares = draw_squares(square_key, (len(x), 1), sides, (0.0, _SQUARE * params.magnitude))
        x = jnp.where(covered(squares, sides), 0 if colors == 1 else mean_color(x), x)
        return jnp.clip(x, 0, 1)

    return augment


def draw_operations(key: Key[Array, ""], images: int, names: list[str], count: int) -> Chosen:
    """Draw operations for each image, every set of the same size equally likely.

    Args:
        key: of the draw.
        images: B.
        names: the operations.
        count: how many each image gets; all, if there are fewer.

    Returns:
        By name, 1 for the images that get the operation, else 0; all 0 for one that is not named.
    """
    order = jnp.argsort(jax.random.uniform(key, (images, len(names))), axis=1)
    drawn = (jnp.argsort(order, axis=1) < count).astype(jnp.float32)
    return {name: jnp.zeros(images) for name in STRONG_OPERATIONS} | dict(zip(names, drawn.T, strict=True))


def _bounds(params: StrongParams) -> ImageParams:
    """Return the bounds of the changes of geometry and colours at a magnitude."""
    m = params.magnitude
    geometry = {"rotation": 30.0 * m, "scale": 0.3 * m, "shear": 20.0 * m, "shift": 0.15 * m}
    colors = {"brightness": 0.5 * m, "contrast": 0.5 * m, "saturation": 0.5 * m}
    return ImageParams(**geometry, **colors, mirror=params.mirror)


def _geometry(drawn: Geometry, chosen: Chosen) -> Geometry:
    return Geometry(
        rotation=drawn.rotation * chosen["rotation"],
        zoom=jnp.where(chosen["zoom"] > 0, drawn.zoom, 1),
        shear=drawn.shear * chosen["shear"],
        shift=drawn.shift * chosen["shift"][:, None],
        mirror=drawn.mirror,
    )


def _colors(drawn: ColorFactors, chosen: Chosen) -> ColorFactors:
    factors = zip(ColorFactors._fields, drawn, strict=True)
    return ColorFactors(*(jnp.where(chosen[name] > 0, factor, 1) for name, factor in factors))
