"""Defines the parameters of callbacks."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.plugin.parameters import param


@attrs.frozen
class PlateauParams:
    """Parameters of `plateau`."""

    loss: str = param("kl_latent", doc="Label of the loss, which must have `changeable = true`.")
    factor: float = param(0.5, doc="What its weight is multiplied by at each plateau.", ge=0, le=1e6)
    metric: str = param("validation/elbo", doc="Metric, by its name in `metrics.jsonl`.")
    direction: Literal["up", "down"] = param("up", doc="Whether larger or smaller values are better.")
    patience: int = param(3, doc="Evaluations without improvement that are a plateau.", ge=1, le=1_000_000)
    min_delta: float = param(0.0, doc="Smallest change that counts as an improvement.", ge=0, le=1e9)
    times: int = param(3, doc="Largest number of changes.", ge=1, le=1_000)

    def __attrs_post_init__(self) -> None:
        _check_metric(self.metric)


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
        _check_metric(self.metric)


def _check_metric(name: str) -> None:
    if not name.strip():
        raise ValueError("`metric` must not be blank")
