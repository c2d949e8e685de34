"""Looks for channels that hold two groups of inputs."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

MIN_INPUTS, MAX_INPUTS = 40, 400
"""Inputs of a channel without which it is left out, and at most that are used."""
MAX_DIMS = 8
"""Directions of the latent space, those of the largest variance, that are used at most."""
MIN_GAIN, MIN_SEPARATED, MIN_PART = 0.1, 0.95, 0.05
_CERTAIN = 0.9
_FLOOR = 1e-3
"""Variance that is noise, in units of the largest."""


class ChannelSplit(NamedTuple):
    """What two Gaussians instead of one make of the latents of a channel.

    Args:
        channel: the channel.
        inputs: of the channel that were used.
        gain: by which the log density of a held-out latent is higher, in nats.
        error: the standard error of `gain`.
        separated: the share of held-out latents that belong to one of the two with at least 90 %.
        part: the weight of the smaller one.
    """

    channel: int
    inputs: int
    gain: float
    error: float
    separated: float
    part: float

    @property
    def helps(self) -> bool:
        """Whether the channel holds two groups.

        A gain alone would not say so: one group that is no Gaussian, such as a bent or a skewed one, has a gain too, but
        its two Gaussians overlap.
        """
        return (
            self.gain - 2 * self.error > MIN_GAIN
            and self.separated >= MIN_SEPARATED
            and self.part >= MIN_PART
        )


def channel_splits(
    latents: Float[np.ndarray, "N D"],
    responsibilities: Float[np.ndarray, "N K"],
    used: Bool[np.ndarray, " K"],
) -> list[ChannelSplit]:
    """Fit one and two Gaussians to the latents of each channel that is in use and has enough inputs.

    Args:
        latents: the posterior means, of the most responsible channel of each input.
        responsibilities: q(c|x).
        used: the channels in use.

    Returns:
        A comparison for each of these channels.
    """
    own = np.argmax(responsibilities, axis=1)
    # Of matrices as small as these, threads cost several times what they save, and far more on a busy machine.
    with threadpool_limits(1):
        return list(_splits(np.asarray(latents, np.float64), own, used))


def _splits(
    latents: Float[np.ndarray, "N D"], own: np.ndarray, used: Bool[np.ndarray, " K"]
) -> Iterator[ChannelSplit]:
    for channel in np.flatnonzero(used):
        points = latents[own == channel]
        if len(points) >= MIN_INPUTS and np.isfinite(points).all() and np.ptp(points) > 0:
            yield compare(points, int(channel))


def compare(points: Float[np.ndarray, "n D"], channel: int) -> ChannelSplit:
    """Fit both to one half of the latents of a channel, and compare them on the other half.

    Args:
        points: its latents, at least `MIN_INPUTS`.
        channel: the channel.

    Returns:
        The comparison; the same for the same latents.
    """
    rng = np.random.default_rng(0)
    points = _directions(points[rng.permutation(len(points))[:MAX_INPUTS]])
    fitted, held_out = points[::2], points[1::2]
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # a fit that is not at its optimum is compared as it is
        one, two = (
            GaussianMixture(parts, reg_covar=_FLOOR, n_init=parts, random_state=0).fit(fitted)
            for parts in (1, 2)
        )
    difference = two.score_samples(held_out) - one.score_samples(held_out)
    certain = two.predict_proba(held_out).max(axis=1) >= _CERTAIN
    error = float(np.std(difference, ddof=1) / math.sqrt(len(difference)))
    part = float(np.asarray(two.weights_).min())
    return ChannelSplit(channel, len(points), float(difference.mean()), error, float(certain.mean()), part)


def _directions(points: Float[np.ndarray, "n D"]) -> Float[np.ndarray, "n d"]:
    """Return the coordinates of points in the directions of largest variance, of which the largest is 1."""
    centred = points - points.mean(axis=0)
    _, scales, axes = np.linalg.svd(centred, full_matrices=False)
    return (centred @ axes[:MAX_DIMS].T) / max(scales[0] / math.sqrt(len(points)), np.finfo(np.float64).tiny)
