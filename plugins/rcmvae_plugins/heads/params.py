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
