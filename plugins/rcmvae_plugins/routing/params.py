"""Parameters of routing."""

from __future__ import annotations

import attrs

from rcmvae_core.params import param


@attrs.frozen
class SoftParams:
    """`[routing.soft]`."""

    top_m: int | None = param(
        None,
        doc="Channels M decoded for each input, those of largest responsibility; absent, or K and more, all.",
        ge=1,
        le=10_000,
    )
