"""Parameters of scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from rcmvae_core.params import param

ScoreFn = Callable[[Any], Any]
"""The type of a parameter that is a score, as an implementation sees it."""


@attrs.frozen
class MixedParams:
    """`[score.mixed]`."""

    first: ScoreFn = param(doc="A score.", kind="score")
    second: ScoreFn = param(doc="Another one.", kind="score")
    weight: float = param(0.5, doc="Of the first; the second has the rest.", ge=0, le=1)
