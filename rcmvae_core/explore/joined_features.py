"""Joins the latents of all channels to features in which every input can be compared with every other.

Latents of different channels lie in different spaces, so that distances between them mean nothing. Where channels share
one latent, or there is only one, the features of an input are its latent. Else they are, for channel probabilities
q(c|x), the latent z of the most probable channel k, and the mean μ_k and standard deviation σ_k of the latents of k's
inputs by coordinate,

    f(x) = [√q(1|x), …, √q(K|x); 0, …, 0; s (z - μ_k) / σ_k; 0, …, 0],   s = √2 / (4 √D),

with the latent in the block of channel k. The distance of the first K numbers is √2 times Hellinger's distance of the
channel probabilities, √2 between inputs of two channels without doubt. s keeps the inputs of a channel within about a
quarter of that around its middle, so that channels lie apart and each one shows its latent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import attrs
import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.data.sampling import evenly_spaced

MOST = 32
"""Features, at most; more are reduced to as many principal directions."""
_BLOCK_VALUES = 2**22
"""Numbers that are computed at a time, which bounds the memory."""
_SAMPLE_VALUES = 2**24
"""Numbers that principal directions are fitted to, at most."""
_SAMPLE_ROWS = 20_000


class Latents(NamedTuple):
    """What a model says about inputs, and projections draw.

    Args:
        latents: posterior mean of the latent of the most probable channel.
        responsibilities: q(c|x).
        shared: whether all channels share one latent.
    """

    latents: Float[np.ndarray, "N D"]
    responsibilities: Float[np.ndarray, "N K"]
    shared: bool

    def channels(self) -> Int[np.ndarray, " N"]:
        """Return the most probable channel of each input."""
        return self.responsibilities.argmax(axis=1)

    def take(self, rows: slice | Int[np.ndarray, " n"]) -> Latents:
        """Return some of the inputs."""
        return self._replace(latents=self.latents[rows], responsibilities=self.responsibilities[rows])


@attrs.frozen(eq=False)
class JoinedFeatures:
    """A function from latents to joined features, fitted to some inputs.

    Args:
        means: of the latents of each channel's inputs.
        scales: s / σ of each channel's inputs.
        directions: what the features are multiplied by, if there are too many; None if not.
    """

    means: Float[np.ndarray, "K D"]
    scales: Float[np.ndarray, "K D"]
    directions: Float[np.ndarray, "P F"] | None = None

    def __call__(self, inputs: Latents) -> Float[np.ndarray, "N F"]:
        """Return the features of inputs."""
        if is_one_space(inputs):
            return inputs.latents
        channels, size = self.means.shape
        wide = channels * (1 + size)
        width = wide if self.directions is None else self.directions.shape[1]
        features = np.empty((len(inputs.latents), width), np.float32)
        for rows in blocks(len(features), wide):
            block = self._wide(inputs.take(rows))
            features[rows] = block if self.directions is None else block @ self.directions
        return features

    def _wide(self, inputs: Latents) -> Float[np.ndarray, "n P"]:
        count, channels = inputs.responsibilities.shape
        size = inputs.latents.shape[1]
        features = np.zeros((count, channels * (1 + size)), np.float32)
        np.sqrt(np.maximum(inputs.responsibilities, 0), out=features[:, :channels])
        own = inputs.channels()
        columns = channels + own[:, None] * size + np.arange(size)
        values = (inputs.latents - self.means[own]) * self.scales[own]
        np.put_along_axis(features, columns, values.astype(np.float32), axis=1)
        return features


def is_one_space(inputs: Latents) -> bool:
    """Return whether the latents of all inputs lie in one space."""
    return inputs.shared or inputs.responsibilities.shape[1] == 1


def blocks(count: int, width: int) -> Iterator[slice]:
    """Yield slices of rows that have few enough numbers to be computed at a time.

    Args:
        count: the number of rows.
        width: numbers in a row.
    """
    rows = max(1, _BLOCK_VALUES // max(1, width))
    for start in range(0, count, rows):
        yield slice(start, min(start + rows, count))


def fit_joined(inputs: Latents) -> JoinedFeatures:
    """Fit joined features to inputs."""
    size = inputs.latents.shape[1]
    means, deviations = _moments(inputs)
    # Latents without spread are all at the mean, and stay there.
    scales = math.sqrt(2 / size) / 4 / np.where(deviations > 0, deviations, 1.0)
    joined = JoinedFeatures(means.astype(np.float32), scales.astype(np.float32))
    wide = inputs.responsibilities.shape[1] * (1 + size)
    if is_one_space(inputs) or wide <= MOST:
        return joined
    rows = evenly_spaced(len(inputs.latents), min(_SAMPLE_ROWS, max(MOST, _SAMPLE_VALUES // wide)))
    return attrs.evolve(joined, directions=_directions(joined(inputs.take(rows))))


def _moments(inputs: Latents) -> tuple[Float[np.ndarray, "K D"], Float[np.ndarray, "K D"]]:
    """Return the mean and the standard deviation of the latents of each channel's inputs; zero where it has none."""
    own, channels = inputs.channels(), inputs.responsibilities.shape[1]
    counts = np.maximum(np.bincount(own, minlength=channels), 1)[:, None]

    def sums(values: Float[np.ndarray, "N D"]) -> Float[np.ndarray, "K D"]:
        return np.stack([np.bincount(own, column, minlength=channels) for column in values.T], axis=1)

    means = sums(inputs.latents) / counts
    return means, np.sqrt(sums(np.square(inputs.latents - means[own])) / counts)


def _directions(rows: Float[np.ndarray, "n P"]) -> Float[np.ndarray, "P F"]:
    """Return the directions along which rows vary most, by a randomised singular value decomposition.

    Distances are kept as far as so few directions can. The random numbers are always the same.
    """
    from sklearn.utils.extmath import randomized_svd  # noqa: PLC0415 - only models of many channels need it

    return randomized_svd(rows, MOST, random_state=0)[2].T.astype(np.float32)
