"""Parameters of data sets that have a name of their own."""

from __future__ import annotations

import attrs

from rcmvae_core.params import param
from rcmvae_plugins.data.shared_params import WHERE, seed_param


@attrs.frozen
class DigitsParams:
    """`[data.digits]`."""

    test_fraction: float = param(0.2, doc="Share of each class kept for the test.", ge=0.01, le=0.9)
    test_seed: int = seed_param()


@attrs.frozen
class PublishedParams:
    """`[data.mnist]` and `[data.fashion_mnist]`."""

    path: str | None = param(
        None,
        doc=f"Folder of the four published files, {WHERE}; absent, they are looked for, else downloaded.",
    )
