"""Defines the parameters of exporters."""

from __future__ import annotations

import attrs

from rcmvae_core.plugin.parameters import param


@attrs.frozen
class NpzParams:
    """Parameters of `npz`."""

    compressed: bool = param(False, doc="Whether archives are compressed, which takes longer.")
