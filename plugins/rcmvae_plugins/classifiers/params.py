"""Defines the parameters of classifiers."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.plugin.parameters import Capabilities, param
from rcmvae_plugins._class_weights import (
    ClassWeight,
    check_class_weight,
    class_weight,
    class_weight_capabilities,
)


@attrs.frozen
class TauParams:
    """Parameters of `[classifier.tau]`."""

    alpha: float = param(
        0.05, doc="Pseudo-count for every pair of channel and label, in examples.", ge=1e-6, le=1e6
    )
    decay: float = param(0.95, doc="Decay rate per step of the running mean of the soft counts.", ge=0, lt=1)
    claims: int | Literal["share"] = param(
        1,
        doc="Number of free channels that each new class claims; initially all classes are new. `share` divides the "
        "channels that are not reserved evenly between the classes with labels.",
        ge=0,
        le=100,
    )
    reserve: int = param(
        0,
        doc='Number of channels that `claims = "share"` leaves for classes that come later.',
        ge=0,
        le=100_000,
    )
    class_weight: ClassWeight = class_weight()

    def __attrs_post_init__(self) -> None:
        check_class_weight(self.class_weight)
        if isinstance(self.claims, str) and self.claims != "share":
            raise ValueError(f'`claims` must be "share" or an integer, got "{self.claims}"')
        if self.reserve and self.claims != "share":
            raise ValueError(f'`reserve` is {self.reserve}, which has an effect only with claims = "share"')

    def capabilities(self) -> Capabilities:
        """Return that balanced weights depend on the number of labels of each class."""
        return class_weight_capabilities(self.class_weight)
