"""The inputs that stand for the channels whose label is known least."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Float, Int, Key

from rcmvae_core.params import NoParams
from rcmvae_core.protocols import Acquisition, Candidates, Context, Suggestion
from rcmvae_plugins.acquisitions._batch import entropies_of, features, generator

_NOTHING_KNOWN = 0.9


def typical(params: NoParams, context: Context) -> Acquisition:
    """Worth: N_c · H(τ_c) / (1 + asked), in nats, of the channel c that an input is asked for.

    N_c inputs have c as their likeliest channel, and H(τ_c) is how little is known of their label. Every question
    goes to the channel that is worth most, and lowers its worth. The first to a channel of which nothing is known,
    H(τ_c) above nine tenths of log Y, is about the input in its middle; every other is about any of it. While few
    labels are known these teach more than inputs on a border, of which one cannot know yet whether it is one.

    Source: G. Hacohen, A. Dekel, D. Weinshall, "Active Learning on a Budget: Opposite Strategies Suit High and Low
    Budgets", 2022.

    Args:
        params: none.
        context: unused.
    """
    del params, context

    def choose(candidates: Candidates, count: int, key: Key[Array, ""]) -> Suggestion:
        draw, points = generator(key), features(candidates)
        likeliest = candidates.responsibilities.argmax(axis=1)
        members = [np.flatnonzero(likeliest == channel) for channel in range(len(candidates.tau))]
        entropies = entropies_of(candidates.tau)
        unknown = entropies > _NOTHING_KNOWN * np.log(candidates.tau.shape[1])
        left = [
            _shuffled(points[of], of, draw, middle=m) for of, m in zip(members, unknown.tolist(), strict=True)
        ]
        value = np.array([len(of) for of in members]) * entropies
        chosen, worth, asked = list[int](), list[float](), np.zeros(len(left))
        for _ in range(min(count, len(points))):
            values = value / (1 + asked)
            values[[not of for of in left]] = -np.inf
            channel = int(np.argmax(values))
            chosen.append(left[channel].pop())
            worth.append(float(values[channel]))
            asked[channel] += 1
        return Suggestion(np.array(chosen, np.int64), np.array(worth))

    return choose


def _shuffled(
    points: Float[np.ndarray, "n F"],
    members: Int[np.ndarray, " n"],
    draw: np.random.Generator,
    *,
    middle: bool,
) -> list[int]:
    """The members of a channel in any order; the one nearest to their mean last, if it is to be asked about first."""
    order = draw.permutation(len(members))
    if middle and len(members):
        nearest = np.argmin(np.square(points - points.mean(axis=0)).sum(axis=1))
        order = np.append(order[order != nearest], nearest)
    return members[order].tolist()
