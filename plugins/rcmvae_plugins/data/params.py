"""Parameters of data sets."""

from __future__ import annotations

import attrs

from rcmvae_core.params import param


@attrs.frozen
class DigitsParams:
    """`[data.digits]`."""

    test_fraction: float = param(0.2, doc="Share of each class kept for the test.", ge=0.01, le=0.9)
    test_seed: int = param(0, doc="Seed of the draw of the test set.", ge=0, lt=2**32)
