"""Initialises the pseudo-inputs of `vamp`, and maps them to [0, 1]."""

from __future__ import annotations

from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

# A pixel of exactly 0 or 1 has no finite logit, and near them sigmoid' = u (1 - u) vanishes, so that the background
# would never change. At 0.05 the slope is 0.0475, a fifth of the maximum, and the image is barely greyer.
LOW, HIGH = 0.05, 0.95
_NOISE = 0.05
_ITERATIONS = 25


def bounded(raw: Float[Array, "*any"]) -> Float[Array, "*any"]:
    """Map unconstrained values to pseudo-inputs in [0, 1] by a sigmoid."""
    return jax.nn.sigmoid(raw)


def unbounded(u: Float[Array, "*any"]) -> Float[Array, "*any"]:
    """Return the inverse of `bounded`, after clipping u to [0.05, 0.95].

    Example:
        >>> [round(u, 2) for u in bounded(unbounded(jnp.array([0.0, 0.5, 1.0]))).tolist()]
        [0.05, 0.5, 0.95]
    """
    u = jnp.clip(u, LOW, HIGH)
    return jnp.log(u) - jnp.log1p(-u)


def start(
    init: Literal["random", "kmeans"], key: Key[Array, ""], inputs: Float[Array, "n *x"], count: int
) -> Float[Array, "K *x"]:
    """Return K different inputs of a sample, or the centres of its K clusters.

    A sample of fewer than K inputs is repeated, with noise, so that no two are equal.

    Args:
        init: random inputs or cluster centres.
        key: for the random numbers.
        inputs: training inputs in [0, 1].
        count: K.

    Returns:
        Initial pseudo-inputs [K, *x]; noise may move them outside [0, 1].
    """
    order_key, noise_key, cluster_key = jax.random.split(key, 3)
    size = len(inputs)
    order = jnp.resize(jax.random.permutation(order_key, size), (max(size, count),))
    points = inputs[order].reshape(len(order), -1)
    repeated = (jnp.arange(len(order)) >= size)[:, None]
    points += jnp.where(repeated, _NOISE * jax.random.normal(noise_key, points.shape), 0)
    chosen = points[:count] if init == "random" else kmeans(cluster_key, points, count)
    return chosen.reshape(count, *inputs.shape[1:])


def kmeans(key: Key[Array, ""], points: Float[Array, "n P"], count: int) -> Float[Array, "K P"]:
    """Run Lloyd's algorithm from k-means++ seeds for a fixed number of iterations, so that it can be traced.

    Args:
        key: for the seeds.
        points: n of them, at least K.
        count: K.

    Returns:
        The centres [K, P]; with fewer than K different points, some are equal.

    Source: D. Arthur, S. Vassilvitskii, "k-means++: The Advantages of Careful Seeding", 2007.
    """
    centres = seeds(key, points, count)
    return jax.lax.fori_loop(0, _ITERATIONS, lambda _, current: improve(points, current), centres)


def seeds(key: Key[Array, ""], points: Float[Array, "n P"], count: int) -> Float[Array, "K P"]:
    """Choose K of the points: the first uniformly, each other with probability ∝ its squared distance to the nearest.

    Args:
        key: for the random numbers.
        points: n of them.
        count: K.

    Returns:
        The chosen points [K, P].
    """

    def add(
        index: Int[Array, ""] | int, carry: tuple[Float[Array, "K P"], Float[Array, " n"]]
    ) -> tuple[Float[Array, "K P"], Float[Array, " n"]]:
        centres, nearest = carry
        # 1e-30 keeps the distribution valid once every point is a centre: all logits would be -inf.
        chosen = jax.random.categorical(jax.random.fold_in(key, index), jnp.log(nearest + 1e-30))
        distance = jnp.sum((points - points[chosen]) ** 2, axis=1)
        return centres.at[index].set(points[chosen]), jnp.minimum(nearest, distance)

    infinite = jnp.full(len(points), jnp.finfo(points.dtype).max)
    centres, _ = jax.lax.fori_loop(
        0, count, add, (jnp.zeros((count, points.shape[1]), points.dtype), infinite)
    )
    return centres


def improve(points: Float[Array, "n P"], centres: Float[Array, "K P"]) -> Float[Array, "K P"]:
    """Run one step of Lloyd's algorithm: move each centre to the mean of the points nearest to it.

    A centre without points moves to the point farthest from its nearest centre; further ones move to the next points
    in this order.
    """
    count = len(centres)
    # ‖x - c‖² expanded, which avoids an array of shape [n, K, P].
    squares = jnp.sum(points**2, axis=1)[:, None] + jnp.sum(centres**2, axis=1)
    distances = squares - 2 * points @ centres.T
    nearest = jnp.argmin(distances, axis=1)
    sizes = jax.ops.segment_sum(jnp.ones(len(points)), nearest, count)[:, None]
    means = jax.ops.segment_sum(points, nearest, count) / jnp.maximum(sizes, 1)
    _, farthest = jax.lax.top_k(jnp.min(distances, axis=1), count)
    empty = sizes[:, 0] == 0
    replacements = points[farthest[jnp.cumsum(empty) - 1]]
    return jnp.where(empty[:, None], replacements, means)
