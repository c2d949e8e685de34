"""Builds the acquisition that covers most of the candidates with balls around labelled inputs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Array, Bool, Float, Int, Key

from rcmvae_core.plugin.protocols import Acquisition, BuildContext, QueryPool, Suggestion
from rcmvae_plugins.acquisitions._batch import features, generator, labelled_features
from rcmvae_plugins.acquisitions.params import ProbCoverParams

_EQUAL = 1e-12
"""Squared distance below which points are equal: rounding leaves about 1e-15 of their squares."""
_BLOCK = 1024
"""Rows of distances that are computed at once, so that memory grows with the candidates and not with their square."""


def prob_cover(params: ProbCoverParams, context: BuildContext) -> Acquisition:
    """Score: the share of candidates within a distance δ of this one, and of no input chosen or labelled before.

    Each choice is the candidate with the highest score, so that few labels cover much of the data; outliers, which cover
    only themselves, come last. This greedy cover has at least 1 - 1/e of the largest possible one. δ is the largest
    radius at which a share `purity` of the candidates have no candidate of another channel within it: a ball then rarely
    has two classes. If only one channel has candidates, every ball is pure and covers all.

    Args:
        params: the purity and the number of candidates to consider.
        context: unused.

    Source: O. Yehuda, A. Dekel, G. Hacohen, D. Weinshall, "Active Learning Through a Covering Lens", NeurIPS 2022.
    """
    del context

    def choose(candidates: QueryPool, count: int, key: Key[Array, ""]) -> Suggestion:
        total = len(candidates.responsibilities)
        sample = generator(key).permutation(total)[: max(params.sample, count)]
        points, channels = features(candidates)[sample], candidates.responsibilities[sample].argmax(axis=1)
        radius = pure_radius(points, channels, params.purity)
        uncovered = ~within(points, labelled_features(candidates), radius).any(axis=1)
        gains = _gains(points, points[uncovered], radius)
        chosen, scores = list[int](), list[float]()
        for _ in range(min(count, total)):
            best = int(np.argmax(gains))
            chosen.append(best)
            scores.append(float(gains[best]) / len(points))
            covered = uncovered & within(points, points[best : best + 1], radius)[:, 0]
            gains -= _gains(points, points[covered], radius)
            gains[best] = -1.0  # never chosen again; further subtractions keep it below zero
            uncovered &= ~covered
        return Suggestion(sample[chosen], np.array(scores))

    return choose


def pure_radius(points: Float[np.ndarray, "n F"], channels: Int[np.ndarray, " n"], purity: float) -> float:
    """Return the largest squared radius at which a share of the balls around points have points of one channel only.

    Args:
        points: the features of candidates.
        channels: the most probable channel of each.
        purity: the share.

    Returns:
        The squared radius; a ball does not have the points at its surface, so that it is the distance of a point to the
        nearest one of another channel. Infinite with a single channel.
    """
    nearest = np.concatenate(
        [
            np.where(channels[rows, None] != channels, distances, np.inf).min(axis=1)
            for rows, distances in _blocks(points, points)
        ]
    )
    impure = int(np.floor((1 - purity) * len(points) + 1e-9))
    return float(np.sort(nearest)[min(impure, len(points) - 1)])


def within(
    points: Float[np.ndarray, "n F"], centres: Float[np.ndarray, "m F"], radius: float
) -> Bool[np.ndarray, "n m"]:
    """Return which points are at less than a squared distance from which centres, or are the centre themselves."""
    distances = np.concatenate([np.zeros((0, len(centres))), *(d for _, d in _blocks(points, centres))])
    return (distances < radius) | (distances <= 0)


def _gains(
    points: Float[np.ndarray, "n F"], others: Float[np.ndarray, "m F"], radius: float
) -> Float[np.ndarray, " n"]:
    """Return how many of the others are in the ball of each point."""
    total = np.zeros(len(points))
    for start in range(0, len(others), _BLOCK):
        total += within(points, others[start : start + _BLOCK], radius).sum(axis=1)
    return total


def _blocks(
    points: Float[np.ndarray, "n F"], centres: Float[np.ndarray, "m F"]
) -> Iterator[tuple[slice, Float[np.ndarray, "b m"]]]:
    """Yield the squared distances of blocks of points to all centres."""
    squares = np.square(centres).sum(axis=1)
    for start in range(0, len(points), _BLOCK):
        rows = slice(start, start + _BLOCK)
        block = points[rows]
        distances = np.square(block).sum(axis=1)[:, None] + squares - 2 * block @ centres.T
        yield rows, np.where(distances < _EQUAL, 0.0, distances)
