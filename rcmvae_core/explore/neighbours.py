"""Finds the inputs that are nearest to one in latent space.

The latents of two channels are not comparable: each channel has a plane of its own. So the distance of two inputs has a
part for their channels and one for their places:

    d²(i, j) = H²(q_i, q_j) + r²(i, j),    H² = 1 - Σ_c √(q_i(c) q_j(c)),    r² = ‖z_i - z_j‖² / (2 D v_c)

H is the Hellinger distance of q(c|x), 0 for equal and 1 for disjoint channels. z is the latent of the most responsible
channel c, and v_c the mean variance of the latents that are in this channel, over its D axes. r² is then 1 on average for
two random inputs of one channel, and it is taken to be 1 for inputs of different channels. In the layout `shared` all
inputs are in one plane, so that r² is the distance for every pair, and v the variance of all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

_BLOCK = 65_536
"""Inputs whose distances are computed together: their arrays stay in the processor's cache."""
_LEAST_VARIANCE = 1e-12


class LatentSpace(NamedTuple):
    """The places of all inputs.

    Args:
        responsibilities: q(c|x).
        latents: z of the most responsible channel.
        planes: the plane of each input: its most responsible channel, or 0 where all channels share one.
        scales: 1 / (2 D v) of each plane.
    """

    responsibilities: Float[np.ndarray, "N K"]
    latents: Float[np.ndarray, "N D"]
    planes: Int[np.ndarray, " N"]
    scales: Float[np.ndarray, " K"]


class Neighbours(NamedTuple):
    """Inputs, the nearest first.

    Args:
        indices: of the inputs.
        distances: d.
    """

    indices: Int[np.ndarray, " n"]
    distances: Float[np.ndarray, " n"]


def latent_space(
    responsibilities: Float[np.ndarray, "N K"], latents: Float[np.ndarray, "N D"], *, shared: bool
) -> LatentSpace:
    """Prepare the search for neighbours.

    Args:
        responsibilities: q(c|x).
        latents: z of the most responsible channel.
        shared: whether all channels share one plane.

    Returns:
        The places, which share memory with the arguments where these are float32.
    """
    latents = np.asarray(latents, np.float32)
    planes = np.zeros(len(latents), np.int32)
    if not shared:
        planes = responsibilities.argmax(axis=1).astype(np.int32)
    scales = np.ones(responsibilities.shape[1], np.float32)
    for plane in np.unique(planes):
        variance = float(latents[planes == plane].astype(np.float64).var(axis=0).mean())
        scales[plane] = 1 / (2 * latents.shape[1] * max(variance, _LEAST_VARIANCE))
    return LatentSpace(np.asarray(responsibilities, np.float32), latents, planes, scales)


def nearest(space: LatentSpace, index: int, count: int) -> Neighbours:
    """Return the nearest inputs of an input, without itself, by comparing it with every one.

    Args:
        space: the places of all inputs.
        index: of the input.
        count: how many are returned; fewer if there are fewer.

    Returns:
        The inputs; of two at the same distance the one with the lower index comes first.
    """
    squared = np.concatenate(
        [_squared_distances(space, index, slice(a, a + _BLOCK)) for a in range(0, len(space.planes), _BLOCK)]
    )
    squared[index] = np.inf
    count = min(count, len(squared) - 1)
    if count < 1:
        return Neighbours(np.zeros(0, np.int64), np.zeros(0, np.float32))
    # All at the largest distance, of which a partition would keep any.
    limit = np.partition(squared, count - 1)[count - 1]
    candidates = np.flatnonzero(squared <= limit)
    order = candidates[np.argsort(squared[candidates], kind="stable")][:count]
    return Neighbours(order, np.sqrt(squared[order]))


def _squared_distances(space: LatentSpace, index: int, block: slice) -> Float[np.ndarray, " b"]:
    """Return d² from an input to those of a block.

    Args:
        space: the places of all inputs.
        index: of the input.
        block: of the others.
    """
    plane = space.planes[index]
    affinity = np.sqrt(space.responsibilities[block]) @ np.sqrt(space.responsibilities[index])
    offsets = space.latents[block] - space.latents[index]
    apart = np.einsum("nd,nd->n", offsets, offsets) * space.scales[plane]
    # Rounding can make the affinity of equal inputs larger than 1.
    return np.maximum(1 - affinity, 0) + np.where(space.planes[block] == plane, apart, np.float32(1))
