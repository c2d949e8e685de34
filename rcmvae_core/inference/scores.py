"""How unlike its training data an input is, by every score of a run; and which inputs are out of distribution."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np
from jaxtyping import Bool, Float

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.inference import reference
from rcmvae_core.model import instantiate
from rcmvae_core.protocols import Outcome, Score, ScoreInputs
from rcmvae_core.resolve import ResolvedSpec

if TYPE_CHECKING:
    from rcmvae_core.inference.trained import TrainedModel

DECIDES = "score.decides"
QUANTILE = 0.95
Values = Mapping[str, Float[np.ndarray, " N"]]


@attrs.frozen(eq=False, slots=False)
class Judge:
    """The scores of a run, and what they are on its training inputs.

    Args:
        scores: by name.
        decides: the one that says whether an input is out of distribution; None if there are no scores.
        training: what each seed says about training inputs.
        taus: τ of each seed.
    """

    scores: Mapping[str, Score]
    decides: str | None
    training: tuple[Outcome, ...]
    taus: tuple[Float[np.ndarray, "K Y"], ...]

    def values(self, outcomes: Sequence[Outcome]) -> Values:
        """Every score of some inputs, the mean over the seeds.

        Args:
            outcomes: of each seed.
        """
        inputs = [ScoreInputs(*each) for each in zip(outcomes, self.training, self.taus, strict=True)]
        return {name: np.mean([score(i) for i in inputs], axis=0) for name, score in self.scores.items()}

    @cached_property
    def reference(self) -> Values:
        """Every score of the training inputs, in ascending order."""
        return {name: np.sort(values) for name, values in self.values(self.training).items()}

    def shares(self, values: Values) -> Values:
        """For each input the share of training inputs whose score is lower."""
        known = self.reference
        return {name: np.searchsorted(known[name], v) / len(known[name]) for name, v in values.items()}

    def thresholds(self, quantile: float = QUANTILE) -> dict[str, float]:
        """The value of each score that this share of training inputs does not exceed."""
        return {
            name: float(np.quantile(values, quantile, method="higher"))
            for name, values in self.reference.items()
        }

    def beyond(self, values: Values, quantile: float = QUANTILE) -> Bool[np.ndarray, " N"]:
        """Which inputs are out of distribution: above the deciding score's quantile of the training inputs."""
        if self.decides is None:
            raise ValueError("a run without scores decides nothing")
        return values[self.decides] > self.thresholds(quantile)[self.decides]


def deciding(resolved: ResolvedSpec) -> str | None:
    """The score that says whether an input is out of distribution: the first that claims to, else the first."""
    parts = resolved.parts.get("score", ())
    claims = [part for part in parts if DECIDES in part.capabilities().provides]
    return next((part.name for part in (*claims, *parts)), None)


def judge(trained: TrainedModel) -> Judge:
    """The scores of a trained model; none, and a warning, if there is nothing to compare inputs with.

    Args:
        trained: the model; if it knows no `training`, its folder or its data are asked.
    """
    resolved = trained.resolved
    parts = resolved.parts.get("score", ())
    training: tuple[Outcome, ...] = ()
    if parts:
        try:
            training = trained.training or reference.find(trained)
        except RcmvaeError as error:
            message = f"inputs are compared with no training inputs: {error.diagnostics[0].message}"
            told = Diagnostic("W430", message)
            warnings.warn(f"{told.code}: {told.message}", stacklevel=2)
            parts = ()
    scores = {part.name: instantiate(part, trained.model.context) for part in parts}
    return Judge(scores, deciding(resolved) if parts else None, training, trained.tau)
