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

    def __attrs_post_init__(self) -> None:
        _require_statistics("mixed", self.first, self.second)


@attrs.frozen
class FisherParams:
    """Parameters of `fisher`."""

    of: tuple[ScoreFn, ...] = param(doc="Scores, all of which count alike.", kind="score", many=True)

    def __attrs_post_init__(self) -> None:
        _require_statistics("fisher", *self.of)


def _require_statistics(name: str, *parts: Any) -> None:
    """Check that scores are computed from statistics.

    Args:
        name: of the score that combines them.
        parts: the scores, built or not.

    Raises:
        ValueError: if one runs the model.
    """
    for part in parts:
        capabilities: Any = getattr(part, "capabilities", None)
        if capabilities is not None and "score.model" in capabilities().provides:
            raise ValueError(f"`{name}` combines scores of statistics, not one that runs the model")


@attrs.frozen
class KnnParams:
    """Parameters of `knn`."""

    neighbours: int = param(
        10, doc="k: the distance to the k-th nearest training input counts.", ge=1, le=10_000
    )
    references: int = param(
        4096,
        doc="Training inputs that are searched, at most; more cost time and memory in proportion.",
        ge=2,
        le=10_000,
    )
    normalise: bool = param(
        False,
        doc="Divide features by their length, so that only directions count.",
    )
    seed: int = param(
        0, doc="Of the choice of the training inputs that are searched.", ge=0, le=4_294_967_295
    )


@attrs.frozen
class LikelihoodRegretParams:
    """Parameters of `likelihood_regret`."""

    steps: int = param(
        doc="Gradient steps for each input; 50 are a beginning. Each costs a pass of the decoder and its gradient, for "
        "every input and for the training inputs in the reference.",
        ge=1,
        le=1000,
    )
    learning_rate: float = param(0.05, doc="Of Adam, on logits, means and log variances.", gt=0, le=1)
    samples: int = param(16, doc="Samples of the latents over which both bounds are averaged.", ge=1, le=1000)
    seed: int = param(0, doc="Of the samples.", ge=0, le=4_294_967_295)
