"""Computes how well channels agree with classes, where each input is of its most probable channel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, silhouette_score

from rcmvae_core.plugin.parameters import NoParams
from rcmvae_core.plugin.protocols import NotApplicable, ReportData
from rcmvae_plugins.metrics._inputs import finite_rows, of_channels
from rcmvae_plugins.metrics.params import SilhouetteParams


def nmi(params: NoParams, data: ReportData) -> float | NotApplicable:
    """Compute the normalised mutual information, 2 I(c; y) / (H(c) + H(y))."""
    del params
    return of_channels(data, lambda channels, labels: normalized_mutual_info_score(labels, channels))


def ari(params: NoParams, data: ReportData) -> float | NotApplicable:
    """Compute the adjusted Rand index: 1 for equal partitions, 0 on average for random ones.

    Source: Hubert and Arabie 1985, "Comparing partitions".
    """
    del params
    return of_channels(data, lambda channels, labels: adjusted_rand_score(labels, channels))


def purity(params: NoParams, data: ReportData) -> float | NotApplicable:
    """Compute the share of inputs that are of the most frequent class of their channel; it grows with more channels."""
    del params
    return of_channels(data, lambda c, labels: _counts(c, labels).max(axis=1).sum() / len(labels))


def clustering_accuracy(params: NoParams, data: ReportData) -> float | NotApplicable:
    """Compute the share of inputs that are of the class of their channel, for the best one-to-one assignment.

    Each class gets at most one channel and each channel at most one class, so with more channels than classes the inputs of
    the others count as wrong.

    Source: Kuhn 1955, "The Hungarian method for the assignment problem".
    """
    del params
    return of_channels(data, lambda c, labels: _assigned(_counts(c, labels)).sum() / len(labels))


def ownership_diagonal(params: NoParams, data: ReportData) -> float | NotApplicable:
    """Compute the share of a channel's inputs that are of its class, as the mean over channels with a class.

    The one-to-one assignment of channels with inputs to classes is that with the largest mean; it moves these shares to the
    diagonal of the matrix of channels and classes. Channels count alike, however many inputs they have.
    """
    del params
    return of_channels(data, lambda c, labels: _assigned(_class_shares(_counts(c, labels))).mean())


def _counts(channels: Int[np.ndarray, " n"], labels: Int[np.ndarray, " n"]) -> Int[np.ndarray, "K Y"]:
    """Count the inputs of each channel that are of each class."""
    shape = (int(channels.max()) + 1, int(labels.max()) + 1)
    return np.bincount(
        np.ravel_multi_index((channels, labels), shape), minlength=shape[0] * shape[1]
    ).reshape(shape)


def _class_shares(counts: Int[np.ndarray, "K Y"]) -> Float[np.ndarray, "J Y"]:
    """Return the share of each class among the inputs of each channel that has any."""
    used = counts[counts.any(axis=1)]
    return used / used.sum(axis=1, keepdims=True)


def _assigned(values: np.ndarray) -> np.ndarray:
    """Return the values of the one-to-one assignment of rows to columns with the largest sum."""
    return values[linear_sum_assignment(values, maximize=True)]


def silhouette(params: SilhouetteParams, data: ReportData) -> Mapping[str, float] | NotApplicable:
    """Compute for each channel how separate the classes of its inputs are in its latent, from -1 to 1.

    It is the mean over inputs of (b - a) / max(a, b), with a the mean distance from posterior means of the same class, and b
    that from the nearest other class. Channels with inputs of one class only have none.

    Source: Rousseeuw 1987, "Silhouettes: a graphical aid to the interpretation and validation of cluster analysis".
    """
    arrays = data.arrays
    if not arrays.latents.size or not arrays.responsibilities.size:
        return NotApplicable("there are no latents")
    usable = (arrays.labels >= 0) & finite_rows(arrays.latents) & finite_rows(arrays.responsibilities)
    channels = np.where(usable, arrays.responsibilities.argmax(axis=1), -1)
    values: dict[str, float] = {}
    for channel in range(arrays.responsibilities.shape[1]):
        own = np.flatnonzero(channels == channel)
        if len(own) > params.inputs:
            own = own[np.linspace(0, len(own) - 1, params.inputs).astype(int)]
        labels = arrays.labels[own]
        if 2 <= len(np.unique(labels)) < len(own):  # noqa: PLR2004 - classes that can be separate
            values[str(channel)] = float(silhouette_score(arrays.latents[own].astype(np.float64), labels))
    return values or NotApplicable("no channel has labelled inputs of two classes")
