"""Parameters of heads."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.params import param


@attrs.frozen
class GaussianParams:
    """`[head.gaussian]`; sigmas are in units of x, which lies in [0, 1]."""

    mode: Literal["fixed", "learned", "optimal"] = param(
        "fixed", doc="Sigma: fixed, one learned value, or the one that fits the batch best."
    )
    sigma: float = param(
        0.1, doc="Sigma when fixed; where it starts when learned; noise of samples when optimal.", gt=0, le=10
    )
    sigma_min: float = param(1e-3, doc="Lowest sigma, learned or optimal.", ge=1e-4, le=1)

    def __attrs_post_init__(self) -> None:
        if self.mode == "learned" and self.sigma <= self.sigma_min:
            raise ValueError(f"sigma, {self.sigma}, must be greater than sigma_min, {self.sigma_min}")


@attrs.frozen
class HeteroscedasticParams:
    """`[head.heteroscedastic]`; sigmas are in units of x, which lies in [0, 1]."""

    sigma_min: float = param(0.05, doc="Lowest sigma.", ge=1e-4, le=10)
    sigma_max: float = param(0.5, doc="Highest sigma.", ge=1e-4, le=100)
    sigma_start: float = param(
        0.2,
        doc="Sigma at first, strictly between the two: at a bound it would get no gradient.",
        gt=0,
        lt=100,
    )
    scale: Literal["image", "pixel"] = param("image", doc="What has a sigma of its own.")
    log_sigma: Literal["per_pixel", "per_image"] = param(
        "per_pixel",
        doc="Count log sigma for every pixel (the likelihood), or once an image, for comparison only.",
    )
    beta: float = param(
        0.0,
        doc="Multiply gradients by sigma to the power of 2 beta; 0 leaves the likelihood's own.",
        ge=0,
        le=1,
    )

    def __attrs_post_init__(self) -> None:
        if not self.sigma_min < self.sigma_start < self.sigma_max:
            raise ValueError(
                f"sigma_start, {self.sigma_start}, must be greater than sigma_min, {self.sigma_min}, "
                f"and less than sigma_max, {self.sigma_max}"
            )
