"""What an ensemble predicts, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Bool, Float, Int

from rcmvae_core.inference.outcome import Outcome
from rcmvae_core.inference.uncertainty import entropy, expected_entropy, mutual_information

NO_CLASS = -1


class Predictions(NamedTuple):
    """Arrays over N inputs; uncertainties in nats.

    Channels of different seeds have nothing to do with each other: channels, responsibilities and latents are those
    of the first seed.

    Args:
        labels: the likeliest class; -1 without a classifier.
        probabilities: p(y|x), the mean over the seeds; no columns without a classifier.
        channels: the likeliest channel.
        responsibilities: q(c|x).
        entropy: H(p(y|x)).
        aleatoric: Σ_c q(c|x) H(τ_c), the mean over the seeds: what diffuse labels of a channel leave open.
        epistemic: what the members of the ensemble disagree about.
        sigma: the root of the mean variance of p(x|z, c), over the seeds; NaN where the likelihood has no σ.
        latents: the posterior mean of the likeliest channel's latent.
        scores: how much each input looks like one from elsewhere, by the name of the score.
        ood: whether it is one: the score that decides is above its 0.95 quantile of the training data. False without
            scores.
        class_names: a name for each class.
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

    @property
    def names(self) -> list[str]:
        """The name of each label; empty without a classifier."""
        return ["" if label == NO_CLASS else self.class_names[label] for label in self.labels.tolist()]

    def _repr_html_(self) -> str:
        from rcmvae_core.inference import html  # noqa: PLC0415

        return html.of_predictions(self)


def predictions(
    outcomes: Sequence[Outcome],
    taus: Sequence[Float[np.ndarray, "K Y"]],
    scores: Mapping[str, Float[np.ndarray, " N"]],
    ood: Bool[np.ndarray, " N"],
    *,
    class_names: tuple[str, ...],
    again: Float[np.ndarray, "M N Y"] | None = None,
) -> Predictions:
    """Join what the seeds say.

    Args:
        outcomes: of each seed.
        taus: likewise.
        scores: by name.
        ood: which inputs are out of distribution.
        class_names: a name for each class.
        again: p(y|x) of every member of a larger ensemble; the seeds are the members if it is absent.
    """
    first = outcomes[0]
    each = np.stack([outcome.probabilities for outcome in outcomes])
    p, q = each.mean(axis=0), np.asarray(first.responsibilities)
    aleatoric = [
        expected_entropy(np.asarray(o.responsibilities), tau) for o, tau in zip(outcomes, taus, strict=True)
    ]
    return Predictions(
        labels=p.argmax(axis=1) if p.shape[1] else np.full(len(p), NO_CLASS),
        probabilities=p,
        channels=q.argmax(axis=1),
        responsibilities=q,
        entropy=entropy(p),
        aleatoric=np.mean(aleatoric, axis=0),
        epistemic=mutual_information(each if again is None else again),
        sigma=np.sqrt(np.mean([np.square(outcome.sigma) for outcome in outcomes], axis=0)),
        latents=np.asarray(first.latents),
        scores=scores,
        ood=ood,
        class_names=class_names,
    )


def join(parts: Sequence[Predictions]) -> Predictions:
    """What was predicted batch by batch."""
    arrays = [part._replace(class_names=()) for part in parts]
    whole = jax.tree.map(lambda *each: np.concatenate(each), *arrays)
    return whole._replace(class_names=parts[0].class_names)
