"""Batches of candidates that do not repeat themselves."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, Int, Key

from rcmvae_core.protocols import Candidates, Suggestion
from rcmvae_plugins.acquisitions.params import BatchParams


def generator(key: Key[Array, ""]) -> np.random.Generator:
    """NumPy's generator of a key."""
    return np.random.default_rng(np.asarray(jax.random.key_data(key)))


def entropies_of(probabilities: Float[np.ndarray, "N Y"]) -> Float[np.ndarray, " N"]:
    """-Σ_y p log p of each row, in nats."""
    p = np.asarray(probabilities, np.float64)
    return -np.sum(p * np.log(np.where(p > 0, p, 1.0)), axis=1)


def features(candidates: Candidates) -> Float[np.ndarray, "N F"]:
    """Points whose distances say how unlike candidates are: channels and latents count alike.

    The squared distance is that of √q, which is 2 where no channel is shared, plus that of the latents, which is 2
    on average.
    """
    z = np.asarray(candidates.latents, np.float64)
    scale = np.maximum(z.std(axis=0), 1e-12) * np.sqrt(z.shape[1])
    return np.hstack([np.sqrt(candidates.responsibilities), (z - z.mean(axis=0)) / scale])


def nearest(
    points: Float[np.ndarray, "N F"], chosen: int, known: Float[np.ndarray, " N"]
) -> Float[np.ndarray, " N"]:
    """The squared distance of each point to the nearest chosen one, after one more is chosen."""
    return np.minimum(known, np.square(points - points[chosen]).sum(axis=1))


def best(
    worth: Any, candidates: Candidates, count: int, key: Key[Array, ""], params: BatchParams
) -> Suggestion:
    """A greedy batch of the candidates that are worth most.

    The best comes first; then, among the `pool` best for each that is asked for, always the one with the largest
    (1 - δ) · worth + δ · distance to those chosen, both divided by the pool's largest. δ = 0 gives the best `count`.

    Args:
        worth: of each candidate.
        candidates: what is chosen from.
        count: how many.
        key: settles equals.
        params: δ and the size of the pool.
    """
    worth = np.asarray(worth, np.float64)
    count = min(count, len(worth))
    shuffled = generator(key).permutation(len(worth))
    pool = shuffled[np.argsort(-worth[shuffled], kind="stable")][: count * params.pool]
    own, points = _unit(worth[pool]), features(candidates)[pool]
    chosen, distance = list[int](), np.full(len(pool), np.inf)
    for _ in range(count):
        far = np.sqrt(distance) if chosen else np.zeros(len(pool))
        value = (1 - params.diversity) * own + params.diversity * far / max(far.max(), 1e-12)
        value[chosen] = -np.inf
        chosen.append(int(np.argmax(value if chosen else own)))
        distance = nearest(points, chosen[-1], distance)
    return _suggestion(pool[chosen], worth)


def _unit(values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """From 0, the least, to 1, the most."""
    low, high = (values.min(), values.max()) if len(values) else (0.0, 0.0)
    return (values - low) / max(high - low, 1e-300)


def _suggestion(positions: Int[np.ndarray, " n"], worth: Float[np.ndarray, " N"]) -> Suggestion:
    return Suggestion(positions, worth[positions])
