"""Finds the training inputs that are nearest to other inputs in latent space.

The latents of two channels are not comparable: each channel has a plane of its own. So an input is the point

    f(x) = [√(q(1|x) / 2), …, √(q(K|x) / 2); 0, …, 0; (z - μ_c) / √(2 D v_c); 0, …, 0],

with z the latent of the most probable channel c, in the block of this channel, μ_c the mean of the latents of c's
training inputs, and v_c their variance, averaged over the D coordinates. The squared distance of two points is then
the squared Hellinger distance of their channels, from 0 to 1, plus that of their places, which is 1 on average for two
training inputs, of one channel or of two. In the layout `shared` all inputs are in one plane. v_c has one input with
the mean variance of all channels besides the channel's own, so that a channel with one training input has a variance.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import attrs
import numpy as np
from jaxtyping import Float, Int

_EQUAL = 1e-12
"""Squared distance below which two inputs are the same one: rounding leaves about 1e-15."""
_LEAST_VARIANCE = 1e-12
_BLOCK_VALUES = 2**21
"""Distances that are computed at a time, which bounds the memory."""


class Neighbours(NamedTuple):
    """The nearest training inputs of N inputs, the nearest first.

    Args:
        indices: of the training inputs.
        distances: to them.
    """

    indices: Int[np.ndarray, "N k"]
    distances: Float[np.ndarray, "N k"]


class _Points(NamedTuple):
    """Points f(x), without the zeros.

    Args:
        roots: √(q / 2).
        places: (z - μ) / √(2 D v).
        planes: the block that the place is in.
    """

    roots: Float[np.ndarray, "n K"]
    places: Float[np.ndarray, "n D"]
    planes: Int[np.ndarray, " n"]

    def squares(self) -> Float[np.ndarray, " n"]:
        """Return |f|²."""
        return np.square(self.roots).sum(axis=1) + np.square(self.places).sum(axis=1)


@attrs.frozen(eq=False)
class LatentNeighbours:
    """Training inputs among which neighbours are searched.

    Args:
        means: μ of each plane.
        scales: 1 / √(2 D v) of each plane.
        points: of the training inputs.
        normalise: whether points are divided by their length.
    """

    means: Float[np.ndarray, "P D"]
    scales: Float[np.ndarray, " P"]
    points: _Points
    normalise: bool

    def nearest(
        self, responsibilities: Float[np.ndarray, "N K"], latents: Float[np.ndarray, "N D"], count: int
    ) -> Neighbours:
        """Find the nearest training inputs of each input.

        A training input is not its own neighbour: of those that equal an input, one is left out.

        Args:
            responsibilities: q(c|x).
            latents: z of the most probable channel.
            count: k; fewer are returned if there are fewer other training inputs, but at least one.

        Returns:
            The neighbours.
        """
        points, total = _points(responsibilities, latents, self.means, self.scales), len(self.points.planes)
        count = max(1, min(count, total - 1))
        taken = min(count + 1, total)
        blocks = list[Neighbours]()
        for rows in _blocks(len(latents), total):
            squared = self._squared_distances(_Points(*(array[rows] for array in points)))
            nearest = np.argpartition(squared, taken - 1, axis=1)[:, :taken]
            values = np.take_along_axis(squared, nearest, axis=1)
            order = np.argsort(values, axis=1, kind="stable")
            itself = (values.min(axis=1) <= _EQUAL) & (taken > count)
            kept = np.take_along_axis(order, np.arange(count) + itself[:, None], axis=1)
            found, apart = (np.take_along_axis(array, kept, axis=1) for array in (nearest, values))
            blocks.append(Neighbours(found, np.sqrt(apart)))
        return Neighbours(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))

    def _squared_distances(self, points: _Points) -> Float[np.ndarray, "n T"]:
        training = self.points
        same = points.planes[:, None] == training.planes
        products = points.roots @ training.roots.T + np.where(same, points.places @ training.places.T, 0.0)
        own, others = points.squares()[:, None], training.squares()
        if self.normalise:
            return np.maximum(2 - 2 * products / np.sqrt(own * others), 0.0)
        return np.maximum(own + others - 2 * products, 0.0)


def fit_neighbours(
    responsibilities: Float[np.ndarray, "T K"],
    latents: Float[np.ndarray, "T D"],
    *,
    shared: bool,
    normalise: bool = False,
) -> LatentNeighbours:
    """Prepare the search among training inputs.

    Args:
        responsibilities: q(c|x).
        latents: z of the most probable channel.
        shared: whether all channels share one plane.
        normalise: whether points are divided by their length.

    Returns:
        What finds neighbours.

    Example:
        >>> q, z = np.ones((3, 1)), np.array([[0.0], [1.0], [5.0]])
        >>> fit_neighbours(q, z, shared=True).nearest(q, z, 1).indices.ravel().tolist()
        [1, 0, 1]
    """
    q, z = np.asarray(responsibilities, np.float64), np.asarray(latents, np.float64)
    count = 1 if shared else q.shape[1]
    planes = np.zeros(len(z), np.int64) if shared else q.argmax(axis=1)
    members = np.bincount(planes, minlength=count)
    sums = np.stack([np.bincount(planes, column, minlength=count) for column in z.T], axis=1)
    means = sums / np.maximum(members, 1)[:, None]
    squares = np.bincount(planes, np.square(z - means[planes]).mean(axis=1), minlength=count)
    pooled = max(squares.sum() / len(z), _LEAST_VARIANCE)
    scales = 1 / np.sqrt(2 * z.shape[1] * (squares + pooled) / (members + 1))
    return LatentNeighbours(means, scales, _points(q, z, means, scales), normalise)


def _points(
    responsibilities: Float[np.ndarray, "n K"],
    latents: Float[np.ndarray, "n D"],
    means: Float[np.ndarray, "P D"],
    scales: Float[np.ndarray, " P"],
) -> _Points:
    """Return the points of inputs.

    Args:
        responsibilities: q(c|x).
        latents: z of the most probable channel.
        means: μ of each plane; one plane is shared by all channels.
        scales: of each plane.
    """
    q, z = np.asarray(responsibilities, np.float64), np.asarray(latents, np.float64)
    planes = np.zeros(len(z), np.int64) if len(means) == 1 else q.argmax(axis=1)
    return _Points(np.sqrt(np.maximum(q, 0) / 2), (z - means[planes]) * scales[planes][:, None], planes)


def _blocks(count: int, width: int) -> Iterator[slice]:
    """Yield slices of rows that have few enough numbers to be computed at a time; an empty one for no rows.

    Args:
        count: the number of rows.
        width: numbers in a row.
    """
    rows = max(1, _BLOCK_VALUES // max(1, width))
    for start in range(0, max(count, 1), rows):
        yield slice(start, min(start + rows, count))
