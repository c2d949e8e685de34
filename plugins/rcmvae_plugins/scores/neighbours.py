"""Builds a score from the distance to training inputs in latent space."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from rcmvae_core.inference.latent_neighbours import fit_neighbours
from rcmvae_core.plugin.protocols import BuildContext, Score, ScoreInputs
from rcmvae_plugins.scores.params import KnnParams


def knn(params: KnnParams, context: BuildContext) -> Score:
    """|f(x) - f(x_(k))|, where x_(k) is the k-th nearest training input, in latent space.

    With t the squared distance of the places of two inputs and H the Hellinger distance of their q(c|x), the distance
    is √(H² + t). If x and a training input x' have the same most probable channel c, or channels share one latent, t
    is |z - z'|² / (2 D v_c), v_c the variance of the channel's training latents; if not, it is |z - μ_c|² / (2 D v_c) +
    |z' - μ_c'|² / (2 D v_c'), as if the planes of channels met at right angles in their means. `normalise` divides every
    f by its length, so that only directions count.

    A training input is not its own neighbour. Of more than `references` training inputs a random selection is
    searched, the same for all inputs.

    Args:
        params: k, the training inputs that are searched, and whether lengths count.
        context: has the layout.

    Source: Y. Sun, Y. Ming, X. Zhu, Y. Li, "Out-of-Distribution Detection with Deep Nearest Neighbors", ICML 2022.
    """
    shared = context.layout == "shared" or context.channels == 1

    def score(inputs: ScoreInputs) -> Float[np.ndarray, " N"]:
        q, z = np.asarray(inputs.training.responsibilities), np.asarray(inputs.training.latents)
        chosen = reference_rows(len(z), params.references, params.seed)
        search = fit_neighbours(q[chosen], z[chosen], shared=shared, normalise=params.normalise)
        stats = inputs.stats
        found = search.nearest(
            np.asarray(stats.responsibilities), np.asarray(stats.latents), params.neighbours
        )
        return found.distances[:, -1]

    return score


def reference_rows(count: int, most: int, seed: int) -> np.ndarray:
    """Return the training inputs that are searched, in ascending order.

    Args:
        count: the number of training inputs.
        most: how many are searched at most.
        seed: of their choice.
    """
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).permutation(count)[:most])
