"""Combines the outputs of an ensemble's members into predictions with uncertainties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Bool, Float, Int

from rcmvae_core.inference import notebook
from rcmvae_core.inference.uncertainty import entropy, expected_entropy, mutual_information
from rcmvae_core.plugin.protocols import CalibratedPrediction, ForwardStats

NO_CLASS = -1
"""The label of every input without a classifier."""


class Predictions(NamedTuple):
    """Arrays over N inputs; uncertainties in nats.

    The channels of different seeds are unrelated, so channels, responsibilities and latents are those of the first
    seed.

    Args:
        labels: the most probable class; -1 without a classifier.
        probabilities: p(y|x), the mean over the seeds; no columns without a classifier.
        channels: the channel with the highest responsibility.
        responsibilities: q(c|x).
        entropy: H(p(y|x)).
        aleatoric: Σ_c q(c|x) H(τ_c), the mean over the seeds: the uncertainty that remains in the channels' labels.
        epistemic: the mutual information between label and ensemble member, their disagreement.
        sigma: the root of the mean variance of p(x|z, c), over the seeds; NaN where the likelihood has no σ.
        latents: the posterior mean of the most responsible channel's latent.
        scores: how unlike the training data each input is, by the name of the score.
        ood: whether the input is out-of-distribution: its deciding score is above the 0.95 quantile of the training
            data, or one of its values lies further outside the training range than that is wide. Without scores only
            the range decides.
        class_names: a name for each class.
        outside: how many values of the input are outside the training range; 0 if inputs are not scaled.
        calibrated: what each calibrator makes of the probabilities, by its name; every other field is from before.
    """

    labels: Int[np.ndarray, " N"]
    probabilities: Float[np.ndarray, "N Y"]
    channels: Int[np.ndarray, " N"]
    responsibilities: Float[np.ndarray, "N K"]
    entropy: Float[np.ndarray, " N"]
    aleatoric: Float[np.ndarray, " N"]
    epistemic: Float[np.ndarray, " N"]
    sigma: Float[np.ndarray, " N"]
    latents: Float[np.ndarray, "N D"]
    scores: Mapping[str, Float[np.ndarray, " N"]]
    ood: Bool[np.ndarray, " N"]
    class_names: tuple[str, ...] = ()
    outside: Int[np.ndarray, " N"] | None = None
    calibrated: Mapping[str, CalibratedPrediction] | None = None

    @property
    def names(self) -> list[str]:
        """The class name of each label; empty without a classifier."""
        return ["" if label == NO_CLASS else self.class_names[label] for label in self.labels.tolist()]

    def take(self, positions: Int[np.ndarray, " n"]) -> Predictions:
        """Return the predictions at these positions, in their order."""
        arrays = self._replace(class_names=())  # a tuple of strings is no leaf to index
        taken = jax.tree.map(lambda array: array[positions], arrays)
        return taken._replace(class_names=self.class_names)

    def _repr_html_(self) -> str:
        uncertainties = {"entropy": self.entropy, "aleatoric": self.aleatoric, "epistemic": self.epistemic}
        columns = {"channel": self.channels, **uncertainties, **self.scores}
        return notebook.predictions_html(self.labels, self.probabilities, self.class_names, columns)


def combine_seeds(
    stats: Sequence[ForwardStats],
    taus: Sequence[Float[np.ndarray, "K Y"]],
    scores: Mapping[str, Float[np.ndarray, " N"]],
    ood: Bool[np.ndarray, " N"],
    *,
    class_names: tuple[str, ...],
    outside: Int[np.ndarray, " N"],
    members: Float[np.ndarray, "M N Y"] | None = None,
) -> Predictions:
    """Combine the outputs of all seeds.

    Args:
        stats: the statistics of the inputs, per seed.
        taus: τ of each seed.
        scores: the scores of the inputs, by name.
        ood: which inputs are out-of-distribution.
        class_names: a name for each class.
        outside: how many values of each input are outside the training range.
        members: p(y|x) of every member of a larger ensemble; absent, the seeds are the members.

    Returns:
        The predictions.
    """
    first = stats[0]
    seed_probabilities = np.stack([each.probabilities for each in stats])
    p, q = seed_probabilities.mean(axis=0), np.asarray(first.responsibilities)
    aleatoric = [
        expected_entropy(np.asarray(each.responsibilities), tau)
        for each, tau in zip(stats, taus, strict=True)
    ]
    return Predictions(
        labels=p.argmax(axis=1) if p.shape[1] else np.full(len(p), NO_CLASS),
        probabilities=p,
        channels=q.argmax(axis=1),
        responsibilities=q,
        entropy=entropy(p),
        aleatoric=np.mean(aleatoric, axis=0),
        epistemic=mutual_information(seed_probabilities if members is None else members),
        sigma=np.sqrt(np.mean([np.square(each.sigma) for each in stats], axis=0)),
        latents=np.asarray(first.latents),
        scores=scores,
        ood=ood,
        class_names=class_names,
        outside=outside,
    )


def concatenate(batches: Sequence[Predictions]) -> Predictions:
    """Concatenate the predictions of several batches.

    Returns:
        The predictions of all inputs.
    """
    arrays = [batch._replace(class_names=()) for batch in batches]
    joined = jax.tree.map(lambda *each: np.concatenate(each), *arrays)
    return joined._replace(class_names=batches[0].class_names)
