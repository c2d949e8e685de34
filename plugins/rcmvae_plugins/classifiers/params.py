"""Defines the parameters of classifiers."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.plugin.parameters import Capabilities, param


@attrs.frozen
class TauParams:
    """Parameters of `[classifier.tau]`."""

    alpha: float = param(
        0.05, doc="Pseudo-count for every pair of channel and label, in examples.", ge=1e-6, le=1e6
    )
    decay: float = param(0.95, doc="Decay rate per step of the running mean of the soft counts.", ge=0, lt=1)
    claims: int = param(
        1,
        doc="Number of free channels that each new class claims; initially all classes are new.",
        ge=0,
        le=3,
    )
    class_weight: Literal["balanced"] | tuple[float, ...] | None = param(
        None,
        doc="Weight with which a label of each class is counted: `balanced`, so that all classes count alike, or a number for each class, in their order. Absent: 1.",
        gt=0,
        le=1e6,
        min_length=1,
    )

    def __attrs_post_init__(self) -> None:
        if isinstance(self.class_weight, str) and self.class_weight != "balanced":
            raise ValueError(
                f'`class_weight` must be "balanced" or a list of numbers, got "{self.class_weight}"'
            )

    def capabilities(self) -> Capabilities:
        """Return that balanced weights depend on the number of labels of each class."""
        return Capabilities(provides=("loss.class_shares",) if self.class_weight == "balanced" else ())
