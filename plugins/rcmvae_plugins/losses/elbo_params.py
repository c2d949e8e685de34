"""Parameters of the ELBO's terms."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.params import Capabilities, param


@attrs.frozen
class ReconstructionParams:
    """`[loss.<label>.reconstruction]`."""

    mode: Literal["expected", "blended"] = param(
        "expected",
        doc="The mean of the channels' likelihoods (the ELBO's term), or the likelihood of their mean.",
    )


@attrs.frozen
class KlLatentParams:
    """`[loss.<label>.kl_latent]`."""

    reduce: Literal["expected", "sum"] = param(
        "expected",
        doc="Weight channels by q(c|x) (the ELBO's term), or sum them, which keeps unused ones at the prior.",
    )

    def capabilities(self) -> Capabilities:
        """Over one shared latent there is nothing to sum."""
        return Capabilities(conflicts=("layout.shared",) if self.reduce == "sum" else ())
