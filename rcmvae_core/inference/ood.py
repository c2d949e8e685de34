"""Scores how unlike its training data an input is, and decides which inputs are out-of-distribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import attrs
import numpy as np
from jaxtyping import Bool, Float

from rcmvae_core.model.build import build_part
from rcmvae_core.plugin.protocols import BuildContext, ForwardStats, ModelScore, Score, ScoreInputs
from rcmvae_core.plugin.resolved import ResolvedSpec

DECIDES = "score.decides"
"""The token of a score that is meant to decide what is out-of-distribution."""
MODEL = "score.model"
"""The token of a score that runs the model."""
QUANTILE = 0.95
"""The quantile of the training data above which an input is out-of-distribution."""
Scores = Mapping[str, Float[np.ndarray, " N"]]


@attrs.frozen(eq=False, slots=False)
class OODScorer:
    """The score plugins of a run, with the statistics of training inputs that they compare with.

    Args:
        plugins: the built scores, by name.
        deciding: the name of the score that decides what is out-of-distribution; None without scores.
        training: the statistics of training inputs, per seed.
        taus: τ of each seed.
    """

    plugins: Mapping[str, Score | ModelScore]
    deciding: str | None
    training: tuple[ForwardStats, ...]
    taus: tuple[Float[np.ndarray, "K Y"], ...]

    def scores(self, stats: Sequence[ForwardStats]) -> Scores:
        """Compute every score, as the mean over the seeds.

        Args:
            stats: the statistics of the inputs, per seed.

        Returns:
            For each score one value per input; higher is less like the training data.
        """
        if not self.plugins:  # then there may be no statistics either
            return {}
        inputs = [ScoreInputs(*each) for each in zip(stats, self.training, self.taus, strict=True)]
        return {
            name: np.mean([_values(name, score, i) for i in inputs], axis=0)
            for name, score in self.plugins.items()
        }

    @cached_property
    def training_scores(self) -> Scores:
        """Every score of the training inputs, in ascending order."""
        return {name: np.sort(values) for name, values in self.scores(self.training).items()}

    def quantiles(self, scores: Scores) -> Scores:
        """Return for each input the share of training inputs with a lower score, in [0, 1]."""
        training = self.training_scores
        return {
            name: np.searchsorted(training[name], values) / len(training[name])
            for name, values in scores.items()
        }

    def thresholds(self, quantile: float = QUANTILE) -> dict[str, float]:
        """Return the quantile of each score over the training inputs."""
        return {
            name: float(np.quantile(values, quantile, method="higher"))
            for name, values in self.training_scores.items()
        }

    def is_ood(self, scores: Scores, quantile: float = QUANTILE) -> Bool[np.ndarray, " N"]:
        """Return which inputs are out-of-distribution: above the deciding score's quantile of the training inputs.

        Raises:
            ValueError: if the run has no scores.
        """
        if self.deciding is None:
            raise ValueError("no score decides what is out-of-distribution: the run has no scores")
        return scores[self.deciding] > self.thresholds(quantile)[self.deciding]


def _values(name: str, score: Score | ModelScore, inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
    """Return the values of a score; those of one that runs the model are among the statistics.

    Args:
        name: of the score.
        score: the score.
        inputs: of the score.
    """
    return np.asarray(inputs.stats.measured[name]) if isinstance(score, ModelScore) else score(inputs)


def model_scores(resolved: ResolvedSpec, context: BuildContext) -> dict[str, ModelScore]:
    """Build the scores of a spec that run the model, by name.

    Args:
        resolved: the checked spec.
        context: the sizes that the model was built with.
    """
    parts = resolved.parts.get("score", ())
    return {part.name: build_part(part, context) for part in parts if MODEL in part.capabilities().provides}


def deciding_score(resolved: ResolvedSpec) -> str | None:
    """Return the name of the score that decides: the first that provides `score.decides`, else the first."""
    parts = resolved.parts.get("score", ())
    providers = [part for part in parts if DECIDES in part.capabilities().provides]
    return next((part.name for part in (*providers, *parts)), None)


def build_scorer(
    resolved: ResolvedSpec,
    context: BuildContext,
    training: tuple[ForwardStats, ...],
    taus: tuple[Float[np.ndarray, "K Y"], ...],
) -> OODScorer:
    """Build the scores of a run.

    Args:
        resolved: the checked spec.
        context: the sizes that the model was built with.
        training: the statistics of training inputs, per seed; without them the scorer has no scores.
        taus: τ of each seed.

    Returns:
        The scorer.
    """
    parts = resolved.parts.get("score", ()) if training else ()
    plugins = {part.name: build_part(part, context) for part in parts}
    return OODScorer(plugins, deciding_score(resolved) if parts else None, training, taus)
