"""Defines the parameters of calibrators."""

from __future__ import annotations

from typing import Literal

import attrs

from rcmvae_core.plugin.parameters import param


@attrs.frozen
class TemperatureParams:
    """Parameters of `temperature`."""

    folds: int = param(
        5,
        doc="Parts of the labels that T is tried on, each with the T of the other parts; T stays 1 if that makes their labels less likely.",
        ge=2,
        le=100,
    )
    spread: float = param(
        1.0,
        doc="Standard deviation of log T that is expected before any label is seen, which keeps T near 1 while labels are few.",
        gt=0,
        le=100,
    )


@attrs.frozen
class ConformalParams:
    """Parameters of `conformal`."""

    coverage: float = param(
        0.9, doc="Share of inputs whose set contains their class, at least, on average.", gt=0, lt=1
    )
    method: Literal["lac", "aps"] = param(
        "lac",
        doc="How a class is compared: `lac` by 1 - p(y|x), which gives the smallest sets; `aps` by the sum of p from the most probable class down to this one, which gives larger sets where a prediction is difficult.",
    )
    per_class: bool = param(
        False,
        doc="Whether the promise holds for the inputs of each class by themselves, which needs as many labels of each; without, some classes may be covered less than others.",
    )
