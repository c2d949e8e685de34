"""Defines the parameters of scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from rcmvae_core.plugin.parameters import param

ScoreFn = Callable[[Any], Any]
"""The type of a score parameter in an implementation."""


@attrs.frozen
class MixedParams:
    """Parameters of `mixed`."""

    first: ScoreFn = param(doc="First score.", kind="score")
    second: ScoreFn = param(doc="Second score.", kind="score")
    weight: float = param(0.5, doc="Weight of the first score; that of the second is 1 - weight.", ge=0, le=1)
