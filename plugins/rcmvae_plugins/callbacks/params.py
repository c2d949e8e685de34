"""Defines the parameters of callbacks."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.plugin.parameters import param


@attrs.frozen
class TargetParams:
    """Parameters of `target`."""

    value: float = param(doc="Value to reach.", ge=-1e12, le=1e12)
    metric: str = param(
        "validation/accuracy", doc="Metric, by its name in `metrics.jsonl`, such as `validation/elbo`."
    )
    direction: Literal["at_least", "at_most"] = param(
        "at_least", doc="Whether the metric reaches the value from below or from above."
    )
    evaluations: int = param(1, doc="Evaluations in a row that have to reach the value.", ge=1, le=1_000_000)

    def __attrs_post_init__(self) -> None:
        if not self.metric.strip():
            raise ValueError("`metric` must not be blank")
