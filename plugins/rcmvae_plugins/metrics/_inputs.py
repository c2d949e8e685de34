"""Selects what a metric is computed from, or says why a run has nothing for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float, Int

from rcmvae_core.plugin.protocols import NotApplicable, ReportArrays, ReportData

_NO_CLASSIFIER = NotApplicable("the run has no classifier")
_NO_LABELS = NotApplicable("no held-out input has a label")
_ONE_CLASS = NotApplicable("the held-out inputs are of one class")
_ONE_CHANNEL = NotApplicable("the model has fewer than two channels")
_NO_INPUTS = NotApplicable("no held-out input has finite responsibilities")


def finite_rows(values: Float[np.ndarray, "N K"]) -> Bool[np.ndarray, " N"]:
    """Return which rows have finite values only."""
    return np.all(np.isfinite(values), axis=1)


def of_predictions(
    data: ReportData, compute: Callable[[Float[np.ndarray, "n Y"], Int[np.ndarray, " n"]], float]
) -> float | NotApplicable:
    """Compute a number from p(y|x) and the labels of the inputs that have both.

    Args:
        data: of a run.
        compute: of p(y|x) [n Y] in double precision and labels [n].
    """
    labels, probabilities = data.arrays.labels, data.arrays.probabilities
    classes = probabilities.shape[1]
    if not classes:
        return _NO_CLASSIFIER
    usable = (labels >= 0) & (labels < classes) & finite_rows(probabilities)
    if not usable.any():
        return _NO_LABELS
    return float(compute(probabilities[usable].astype(np.float64), labels[usable]))


def of_channels(
    data: ReportData, compute: Callable[[Int[np.ndarray, " n"], Int[np.ndarray, " n"]], float]
) -> float | NotApplicable:
    """Compute a number from the most probable channel and the label of the inputs with a label.

    Args:
        data: of a run.
        compute: of channels [n] and labels [n], which are of at least two classes.
    """
    labels, responsibilities = data.arrays.labels, data.arrays.responsibilities
    if responsibilities.shape[1] < 2:  # noqa: PLR2004 - a partition into one part says nothing
        return _ONE_CHANNEL
    usable = (labels >= 0) & finite_rows(responsibilities)
    if not usable.any():
        return _NO_LABELS
    if len(np.unique(labels[usable])) == 1:
        return _ONE_CLASS
    return float(compute(responsibilities[usable].argmax(axis=1), labels[usable]))


def of_responsibilities(
    data: ReportData, compute: Callable[[Float[np.ndarray, "n K"]], float]
) -> float | NotApplicable:
    """Compute a number from q(c|x) of the inputs for which it is finite.

    Args:
        data: of a run.
        compute: of q(c|x) [n K] in double precision.
    """
    responsibilities = data.arrays.responsibilities
    if responsibilities.shape[1] < 2:  # noqa: PLR2004 - one channel is always responsible
        return _ONE_CHANNEL
    usable = finite_rows(responsibilities)
    if not usable.any():
        return _NO_INPUTS
    return float(compute(responsibilities[usable].astype(np.float64)))


def channel_weights(arrays: ReportArrays, latents: int) -> Float[np.ndarray, "M k"]:
    """Return q(c|x) of the inputs with arrays by channel, or ones for the one latent that all channels share.

    Args:
        arrays: of a run.
        latents: how many latents an input has.

    Returns:
        The weight of each input for each latent.
    """
    if latents == 1:
        return np.ones((len(arrays.members), 1))
    return arrays.responsibilities[arrays.members].astype(np.float64)
