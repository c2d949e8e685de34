"""Parameters of classifiers."""

from __future__ import annotations

import attrs

from rcmvae_core.params import param


@attrs.frozen
class TauParams:
    """`[classifier.tau]`."""

    alpha: float = param(0.05, doc="Pseudo-count of every channel and label, in examples.", ge=1e-6, le=1e6)
    decay: float = param(0.95, doc="Decay a step of the running mean of the soft counts.", ge=0, lt=1)
    claims: int = param(
        1,
        doc="Free channels that a class claims when it is new, as all are at the start.",
        ge=0,
        le=3,
    )
