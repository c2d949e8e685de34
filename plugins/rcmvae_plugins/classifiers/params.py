"""Parameters of classifiers."""

from __future__ import annotations

import attrs

from rcmvae_core.params import param


@attrs.frozen
class TauParams:
    """`[classifier.tau]`."""

    alpha: float = param(0.05, doc="Pseudo-count of every channel and label, in examples.", ge=1e-6, le=1e6)
    decay: float = param(0.95, doc="Decay a step of the running mean of the soft counts.", ge=0, lt=1)
