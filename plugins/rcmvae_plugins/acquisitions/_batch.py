"""Chooses batches of candidates that differ from each other, for the acquisitions of this family."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, Key

from rcmvae_core.plugin.protocols import QueryPool, Suggestion
from rcmvae_plugins.acquisitions.params import BatchParams


def generator(key: Key[Array, ""]) -> np.random.Generator:
    """Return a NumPy generator that is seeded by a JAX key."""
    return np.random.default_rng(np.asarray(jax.random.key_data(key)))


def row_entropies(probabilities: Float[np.ndarray, "N Y"]) -> Float[np.ndarray, " N"]:
    """Return -Σ_y p log p of each row in nats, with 0 · log 0 = 0, in float64."""
    p = np.asarray(probabilities, np.float64)
    return -np.sum(p * np.log(np.where(p > 0, p, 1.0)), axis=1)


def features(candidates: QueryPool) -> Float[np.ndarray, "N F"]:
    """Return points whose distances measure how different candidates are, with equal weight of channels and latents.

    The squared distance is that of √q, which is 2 if two inputs share no channel, plus that of the standardised
    latents, which is 2 on average.
    """
    return _joined(candidates, candidates.responsibilities, candidates.latents)


def labelled_features(candidates: QueryPool) -> Float[np.ndarray, "M F"]:
    """Return the points of labelled inputs, on the scale of the candidates.

    Raises:
        ValueError: if the pool does not say which inputs have a label.
    """
    q, z = candidates.labelled_responsibilities, candidates.labelled_latents
    if q is None or z is None:
        raise ValueError("the pool has no `labelled_responsibilities` and `labelled_latents`")
    return _joined(candidates, q, z)


def standardised(
    latents: Float[np.ndarray, "M D"], reference: Float[np.ndarray, "N D"]
) -> Float[np.ndarray, "M D"]:
    """Return latents from which the mean of others is subtracted, divided by their standard deviation."""
    z = np.asarray(reference, np.float64)
    # The bound keeps a latent without any variation from dividing by zero.
    return (np.asarray(latents, np.float64) - z.mean(axis=0)) / np.maximum(z.std(axis=0), 1e-12)


def _joined(
    candidates: QueryPool, q: Float[np.ndarray, "M K"], latents: Float[np.ndarray, "M D"]
) -> Float[np.ndarray, "M F"]:
    z = standardised(latents, candidates.latents)
    return np.hstack([np.sqrt(q), z / np.sqrt(z.shape[1])])


def update_distances(
    points: Float[np.ndarray, "N F"], chosen: int, distances: Float[np.ndarray, " N"]
) -> Float[np.ndarray, " N"]:
    """Return the squared distance of each point to the nearest chosen point, after one more is chosen.

    Args:
        points: all points.
        chosen: the index of the new point.
        distances: the squared distances before.
    """
    return np.minimum(distances, np.square(points - points[chosen]).sum(axis=1))


def choose_batch(
    scores: Any, candidates: QueryPool, count: int, key: Key[Array, ""], params: BatchParams
) -> Suggestion:
    """Choose a greedy batch of candidates with high scores that differ from each other.

    The best candidate comes first. Then, among the `pool` · `count` best, always the one with the largest
    (1 - δ) · score + δ · distance to those chosen before, both divided by their maximum over the pool. δ = 0 chooses
    the best `count`.

    Args:
        scores: of each candidate, [N].
        candidates: the candidates.
        count: the number to choose.
        key: breaks ties.
        params: δ and the size of the pool.

    Returns:
        The positions and scores of min(count, N) candidates.
    """
    scores = np.asarray(scores, np.float64)
    count = min(count, len(scores))
    # A stable sort of shuffled candidates orders equal scores at random.
    shuffled = generator(key).permutation(len(scores))
    pool = shuffled[np.argsort(-scores[shuffled], kind="stable")][: count * params.pool]
    scaled, points = _scaled(scores[pool]), features(candidates)[pool]
    chosen, distances = list[int](), np.full(len(pool), np.inf)
    for _ in range(count):
        far = np.sqrt(distances) if chosen else np.zeros(len(pool))
        value = (1 - params.diversity) * scaled + params.diversity * far / max(far.max(), 1e-12)
        value[chosen] = -np.inf
        chosen.append(int(np.argmax(value if chosen else scaled)))
        distances = update_distances(points, chosen[-1], distances)
    positions = pool[chosen]
    return Suggestion(positions, scores[positions])


def _scaled(values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Map values linearly to [0, 1]; equal values to 0."""
    low, high = (values.min(), values.max()) if len(values) else (0.0, 0.0)
    return (values - low) / max(high - low, 1e-300)
