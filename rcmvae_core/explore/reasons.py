"""Says in a sentence with numbers why an input is asked, as the acquisition that chose it means it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.explore.label_view import LabelView
from rcmvae_core.inference.uncertainty import entropy
from rcmvae_core.plugin.protocols import QueryPool
from rcmvae_core.plugin.registry import BUILT_INS
from rcmvae_core.plugin.resolved import ResolvedPart

_SMALL, _TINY = 0.1, 0.001
_UNLABELLED_ENTROPY = 0.9
"""As in `typical`: the fraction of log Y above which the label of a channel counts as unknown."""


class Chosen(NamedTuple):
    """One suggestion.

    Args:
        position: among the candidates.
        score: of the acquisition.
        rank: 0 for the first of the batch.
        rank_in_channel: how many of the batch were chosen before it that have its most responsible channel.
    """

    position: int
    score: float
    rank: int
    rank_in_channel: int


class _Facts(NamedTuple):
    """What a reason may read."""

    part: ResolvedPart
    view: LabelView
    pool: QueryPool
    sizes: Int[np.ndarray, " K"]

    def name(self, column: int) -> str:
        """Return the name of a class of the pool."""
        return self.view.class_names[int(self.view.given.classes[column])]


Reason = Callable[[_Facts, Chosen], str]


def reasons(
    part: ResolvedPart,
    view: LabelView,
    pool: QueryPool,
    positions: Int[np.ndarray, " n"],
    scores: Float[np.ndarray, " n"],
) -> list[str]:
    """Return a sentence for each suggestion.

    Args:
        part: the acquisition.
        view: the predictions.
        pool: the candidates.
        positions: of the suggestions among the candidates.
        scores: of the acquisition.
    """
    channels = pool.responsibilities.argmax(axis=1)
    facts = _Facts(part, view, pool, np.bincount(channels, minlength=len(pool.tau)))
    write = _write(part)
    seen, sentences = dict[int, int](), list[str]()
    for rank, (position, score) in enumerate(zip(positions.tolist(), scores.tolist(), strict=True)):
        channel = int(channels[position])
        sentences.append(write(facts, Chosen(position, score, rank, seen.get(channel, 0))))
        seen[channel] = seen.get(channel, 0) + 1
    return sentences


def _write(part: ResolvedPart) -> Reason:
    """Return what writes the sentences of an acquisition."""
    is_built_in = part.registered.distribution.name == BUILT_INS
    return _BUILT_INS.get(part.name, _other) if is_built_in else _other


def _split(facts: _Facts, chosen: Chosen) -> str:
    """Return the two most probable classes with their probabilities."""
    p = facts.pool.probabilities[chosen.position]
    best = np.argsort(-p, kind="stable")[:2]
    return ", ".join(f"{_share(float(p[column]))} for `{facts.name(int(column))}`" for column in best)


def _entropy(facts: _Facts, chosen: Chosen) -> str:
    return f"entropy {chosen.score:.2f} nats: p is {_split(facts, chosen)}"


def _margin(facts: _Facts, chosen: Chosen) -> str:
    return f"the two most probable classes are {_share(1 - chosen.score)} apart: p is {_split(facts, chosen)}"


def _bald(facts: _Facts, chosen: Chosen) -> str:
    seeds = len(facts.view.model.stats)
    members = f"the {seeds} seeds" if seeds > 1 else "reconstructions of it"
    return f"{members} disagree about the class by {chosen.score:.3f} nats: p is {_split(facts, chosen)}"


def _boundary(facts: _Facts, chosen: Chosen) -> str:
    q, tau = facts.pool.responsibilities[chosen.position], facts.pool.tau
    by_label = q @ np.eye(tau.shape[1])[tau.argmax(axis=1)]
    best = np.argsort(-by_label, kind="stable")[:2]
    shares = (
        f"{_share(float(by_label[column]))} for channels of `{facts.name(int(column))}`" for column in best
    )
    return f"q(c|x) is {', '.join(shares)}"


def _ood(facts: _Facts, chosen: Chosen) -> str:
    deciding = facts.view.model.trained.ood_scorer.deciding
    if deciding is None:
        return "the run has no score, so that all candidates are alike"
    return f"{chosen.score:.1%} of the training inputs have a lower `{deciding}` score"


def _typical(facts: _Facts, chosen: Chosen) -> str:
    channel = int(facts.pool.responsibilities[chosen.position].argmax())
    of = f"channel {channel}, the most responsible one of {facts.sizes[channel]} candidates"
    tau = facts.pool.tau[channel]
    label_entropy = float(entropy(tau[None])[0])
    is_unknown = len(tau) <= 1 or label_entropy > _UNLABELLED_ENTROPY * np.log(len(tau))
    if not is_unknown:
        return f"drawn from {of}: the entropy of its label is {label_entropy:.2f} nats"
    what = "the most typical candidate of" if chosen.rank_in_channel == 0 else "drawn from"
    return f"{what} {of}, whose label is not known yet"


def _diverse(facts: _Facts, chosen: Chosen) -> str:
    if chosen.rank == 0:
        return "the first of the batch is drawn at random"
    how = "drawn far" if getattr(facts.part.params, "method", "") == "k_means" else "the candidate farthest"
    return f"{how} from those before it in the batch: distance {chosen.score:.2f}"


def _prob_cover(facts: _Facts, chosen: Chosen) -> str:
    del facts
    if chosen.score <= 0:
        return "drawn at random: labels and the suggestions before it cover all candidates"
    return f"{chosen.score:.1%} of the candidates are near it, and near no label and no suggestion before it"


def _badge(facts: _Facts, chosen: Chosen) -> str:
    return f"the distance of its gradient to those before it is {np.sqrt(chosen.score):.3f}: p is {_split(facts, chosen)}"


def _two_phase(facts: _Facts, chosen: Chosen) -> str:
    params: Any = facts.part.params
    labelled = facts.pool.labelled_latents
    is_early = labelled is not None and len(labelled) + chosen.rank < params.labels
    part = params.first if is_early else params.then
    return f"by `{part.name}`: {_write(part)(facts._replace(part=part), chosen)}"


def _random(facts: _Facts, chosen: Chosen) -> str:
    del facts, chosen
    return "drawn at random"


def _other(facts: _Facts, chosen: Chosen) -> str:
    return f"score {chosen.score:.4g} of `{facts.part.name}`: {facts.part.registered.plugin.summary}"


_BUILT_INS: dict[str, Reason] = {
    "entropy": _entropy,
    "margin": _margin,
    "bald": _bald,
    "boundary": _boundary,
    "ood": _ood,
    "typical": _typical,
    "diverse": _diverse,
    "prob_cover": _prob_cover,
    "badge": _badge,
    "two_phase": _two_phase,
    "random": _random,
}


def _share(value: float) -> str:
    """Return a share with two decimals, or two digits where that would be one: with many classes every p is small."""
    if value >= _SMALL or value <= 0:
        return f"{abs(value):.2f}"
    return f"{value:.2g}" if value >= _TINY else f"less than {_TINY}"
