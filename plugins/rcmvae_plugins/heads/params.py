"""Defines the parameters of heads."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.plugin.parameters import Capabilities, param


@attrs.frozen
class GaussianParams:
    """Parameters of `[head.gaussian]`; sigmas are in units of x, whose range is [0, 1]."""

    mode: Literal["fixed", "learned", "optimal"] = param(
        "fixed", doc="How sigma is obtained: a fixed value, a learned value, or the optimum for each batch."
    )
    sigma: float = param(
        0.1,
        doc="The value if fixed; the initial value if learned; used for sampling only if optimal.",
        gt=0,
        le=10,
    )
    sigma_min: float = param(1e-3, doc="Lower bound of a learned or optimal sigma.", ge=1e-4, le=1)

    def __attrs_post_init__(self) -> None:
        if self.mode == "learned" and self.sigma <= self.sigma_min:
            raise ValueError(f"`sigma` must be greater than `sigma_min`, {self.sigma_min}, got {self.sigma}")


@attrs.frozen
class HeteroscedasticParams:
    """Parameters of `[head.heteroscedastic]`; sigmas are in units of x, whose range is [0, 1]."""

    sigma_min: float = param(0.05, doc="Lower bound of sigma.", ge=1e-4, le=10)
    sigma_max: float = param(0.5, doc="Upper bound of sigma.", ge=1e-4, le=100)
    sigma_start: float = param(
        0.2,
        doc="Initial sigma, strictly between the bounds, where its gradient is zero.",
        gt=0,
        lt=100,
    )
    scale: Literal["image", "pixel"] = param(
        "image", doc="Predict one sigma for each image, or one for each pixel."
    )
    log_sigma: Literal["per_pixel", "per_image"] = param(
        "per_pixel",
        doc="Add log sigma for every pixel (the likelihood), or once per image (for comparison only).",
    )
    beta: float = param(
        0.0,
        doc="Multiply gradients by sigma to the power of 2 beta; 0 keeps the gradient of the likelihood.",
        ge=0,
        le=1,
    )

    def __attrs_post_init__(self) -> None:
        if not self.sigma_min < self.sigma_start < self.sigma_max:
            raise ValueError(
                f"`sigma_start` must be greater than `sigma_min`, {self.sigma_min}, and less than"
                f" `sigma_max`, {self.sigma_max}, got {self.sigma_start}"
            )


@attrs.frozen
class CategoricalParams:
    """Parameters of `[head.categorical]`."""

    levels: int = param(
        16, doc="Number of levels, evenly spaced from 0 to 1, to which x is rounded.", ge=2, le=256
    )


_SIZE = (
    "What the mean of the counts is: `input`, the sum of the counts of the input, distributed over its features by a "
    "softmax; `none`, the exponential of each feature's own output."
)


@attrs.frozen
class PoissonParams:
    """Parameters of `[head.poisson]`."""

    size: Literal["input", "none"] = param("input", doc=_SIZE)

    def capabilities(self) -> Capabilities:
        """Return whether values may be missing: their sum would be too."""
        return Capabilities(provides=("head.missing",) if self.size == "none" else ())


@attrs.frozen
class NegativeBinomialParams:
    """Parameters of `[head.negative_binomial]` and `[head.zero_inflated_negative_binomial]`.

    The variance of a count with the mean m is m + m²/theta: the larger theta, the closer to a Poisson distribution.
    """

    size: Literal["input", "none"] = param("input", doc=_SIZE)
    theta: Literal["shared", "feature", "predicted"] = param(
        "feature",
        doc="Learn one theta for each channel of an image or for all features of a row, or one for each feature or pixel, "
        "or predict it.",
    )
    theta_min: float = param(1e-3, doc="Lower bound of theta.", ge=1e-6, le=1e6)
    theta_max: float = param(1e4, doc="Upper bound of theta.", ge=1e-6, le=1e6)
    theta_start: float = param(1.0, doc="Initial theta, strictly between the bounds.", ge=1e-6, le=1e6)

    def capabilities(self) -> Capabilities:
        """Return whether values may be missing: their sum would be too."""
        return Capabilities(provides=("head.missing",) if self.size == "none" else ())

    def __attrs_post_init__(self) -> None:
        if not self.theta_min < self.theta_start < self.theta_max:
            raise ValueError(
                f"`theta_start` must be greater than `theta_min`, {self.theta_min}, and less than"
                f" `theta_max`, {self.theta_max}, got {self.theta_start}"
            )


@attrs.frozen
class TableParams:
    """Parameters of `[head.table]`; sigmas are in units of the standard deviation of a column in the training rows."""

    sigma_min: float = param(
        0.1,
        doc="Lower bound of the sigma of each number; of a positive one, of that of its logarithm.",
        ge=1e-3,
        le=10,
    )
    sigma_start: float = param(1.0, doc="Initial sigma, above its bound.", ge=1e-3, le=2)

    def __attrs_post_init__(self) -> None:
        if self.sigma_start <= self.sigma_min:
            raise ValueError(
                f"`sigma_start` must be greater than `sigma_min`, {self.sigma_min}, got {self.sigma_start}"
            )
