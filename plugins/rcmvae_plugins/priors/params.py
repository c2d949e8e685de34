"""Parameters of priors."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.params import param


@attrs.frozen
class MixtureParams:
    """`[prior.mixture]`."""

    pi: Literal["uniform", "learned"] = param(
        "uniform", doc="p(c): 1/K for every channel, or learned, starting from there."
    )
