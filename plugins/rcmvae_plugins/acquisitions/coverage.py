"""Builds acquisitions that cover the candidates: diverse, typical or random ones."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import Acquisition, BuildContext, QueryPool, Suggestion
from rcmvae_plugins.acquisitions._batch import features, generator, row_entropies, update_distances
from rcmvae_plugins.acquisitions.params import DiverseParams

_UNLABELLED_ENTROPY = 0.9
"""Fraction of log Y above which the label of a channel counts as unknown."""


def diverse(params: DiverseParams, context: BuildContext) -> Acquisition:
    """Score: the distance to the candidates chosen before, in q(c|x) and latents; the first is random, with score 0.

    `k_center` always chooses the farthest candidate, which favours outliers; `k_means` draws candidates with
    probabilities proportional to the squared distance, and so also follows the density.

    Args:
        params: the method.
        context: unused.

    Source: O. Sener, S. Savarese, "Active Learning for Convolutional Neural Networks: A Core-Set Approach", 2018;
    D. Arthur, S. Vassilvitskii, "k-means++: The Advantages of Careful Seeding", 2007.
    """
    del context

    def choose(candidates: QueryPool, count: int, key: Key[Array, ""]) -> Suggestion:
        points, rng = features(candidates), generator(key)
        chosen, scores = list[int](), list[float]()
        distances = np.full(len(points), np.inf)
        for _ in range(min(count, len(points))):
            if not chosen:
                position = int(rng.integers(len(points)))
            elif params.method == "k_means" and distances.max() > 0:
                position = int(rng.choice(len(points), p=_proportional(distances)))
            else:
                position = int(np.argmax(distances))
            scores.append(float(np.sqrt(max(distances[position], 0.0))) if chosen else 0.0)
            chosen.append(position)
            distances = update_distances(points, position, distances)
            distances[chosen] = -1.0  # never chosen again, even if all others have distance 0
        return Suggestion(np.array(chosen, np.int64), np.array(scores))

    return choose


def _proportional(distances: Float[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
    positive = np.maximum(distances, 0.0)
    return positive / positive.sum()


def typical(params: NoParams, context: BuildContext) -> Acquisition:
    """Score: N_c · H(τ_c) / (1 + n_c), in nats, of the channel c that an input is chosen for.

    N_c candidates have c as their most probable channel, H(τ_c) is the entropy of its label, and n_c inputs were chosen
    for it before. Each choice is made for the channel with the highest score. The first choice for a channel without
    labels, with H(τ_c) above nine tenths of log Y or without any class, is the candidate nearest to the mean of its candidates; all others
    are random candidates of the channel. With few labels this is more informative than inputs near a class boundary,
    whose position is not yet known.

    Args:
        params: none.
        context: unused.

    Source: G. Hacohen, A. Dekel, D. Weinshall, "Active Learning on a Budget: Opposite Strategies Suit High and Low
    Budgets", 2022.
    """
    del params, context

    def choose(candidates: QueryPool, count: int, key: Key[Array, ""]) -> Suggestion:
        rng, points = generator(key), features(candidates)
        top_channel = candidates.responsibilities.argmax(axis=1)
        members = [np.flatnonzero(top_channel == channel) for channel in range(len(candidates.tau))]
        entropies, unlabelled = _label_entropies(candidates.tau)
        queues = [
            _queue(points[indices], indices, rng, typical_first=first)
            for indices, first in zip(members, unlabelled.tolist(), strict=True)
        ]
        uncertainty = np.array([len(indices) for indices in members]) * entropies
        chosen, scores, counts = list[int](), list[float](), np.zeros(len(queues))
        for _ in range(min(count, len(points))):
            channel_scores = uncertainty / (1 + counts)
            channel_scores[[not queue for queue in queues]] = -np.inf
            channel = int(np.argmax(channel_scores))
            chosen.append(queues[channel].pop())
            scores.append(float(channel_scores[channel]))
            counts[channel] += 1
        return Suggestion(np.array(chosen, np.int64), np.array(scores))

    return choose


def _label_entropies(tau: Float[np.ndarray, "K Y"]) -> tuple[Float[np.ndarray, " K"], Bool[np.ndarray, " K"]]:
    """Return how uncertain the label of each channel is, and which channels have none: without classes, all alike."""
    if tau.shape[1] <= 1:
        return np.ones(len(tau)), np.ones(len(tau), bool)
    entropies = row_entropies(tau)
    return entropies, entropies > _UNLABELLED_ENTROPY * np.log(tau.shape[1])


def _queue(
    points: Float[np.ndarray, "n F"],
    indices: Int[np.ndarray, " n"],
    rng: np.random.Generator,
    *,
    typical_first: bool,
) -> list[int]:
    """Return the candidates of a channel in random order; the last is the next to choose.

    Args:
        points: their features.
        indices: their positions among all candidates.
        rng: of the order.
        typical_first: whether the candidate nearest to their mean is the first to choose.
    """
    order = rng.permutation(len(indices))
    if typical_first and len(indices):
        nearest = np.argmin(np.square(points - points.mean(axis=0)).sum(axis=1))
        order = np.append(order[order != nearest], nearest)
    return indices[order].tolist()


def random(params: NoParams, context: BuildContext) -> Acquisition:
    """Choose uniformly at random, with score 0.

    Args:
        params: none.
        context: unused.
    """
    del params, context

    def choose(candidates: QueryPool, count: int, key: Key[Array, ""]) -> Suggestion:
        total = len(candidates.responsibilities)
        positions = generator(key).permutation(total)[:count]
        return Suggestion(positions, np.zeros(len(positions)))

    return choose
