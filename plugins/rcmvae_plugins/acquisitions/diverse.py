"""The inputs that are most unlike each other."""

from __future__ import annotations

import numpy as np
from jaxtyping import Array, Float, Key

from rcmvae_core.protocols import Acquisition, Candidates, Context, Suggestion
from rcmvae_plugins.acquisitions._batch import features, generator, nearest
from rcmvae_plugins.acquisitions.params import DiverseParams


def diverse(params: DiverseParams, context: Context) -> Acquisition:
    """Worth: the distance to those chosen before, in q(c|x) and latents; the first is any, and worth 0.

    `k_center` always takes the farthest, and reaches outliers first; `k_means` draws with the squared distance as
    probability, and so follows the density too.

    Args:
        params: which of the two.
        context: unused.

    Source: O. Sener, S. Savarese, "Active Learning for Convolutional Neural Networks: A Core-Set Approach", 2018;
    D. Arthur, S. Vassilvitskii, "k-means++: The Advantages of Careful Seeding", 2007.
    """
    del context

    def choose(candidates: Candidates, count: int, key: Key[Array, ""]) -> Suggestion:
        points, draw = features(candidates), generator(key)
        chosen, worth = list[int](), list[float]()
        distance = np.full(len(points), np.inf)
        for _ in range(min(count, len(points))):
            if not chosen:
                one = int(draw.integers(len(points)))
            elif params.method == "k_means" and distance.max() > 0:
                one = int(draw.choice(len(points), p=_shares(distance)))
            else:
                one = int(np.argmax(distance))
            worth.append(float(np.sqrt(max(distance[one], 0.0))) if chosen else 0.0)
            chosen.append(one)
            distance = nearest(points, one, distance)
            distance[chosen] = -1.0  # not again, even where all others are equal to it
        return Suggestion(np.array(chosen, np.int64), np.array(worth))

    return choose


def _shares(distance: Float[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
    free = np.maximum(distance, 0.0)
    return free / free.sum()
