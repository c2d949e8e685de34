"""Computes how well the calibrators of a run keep their promise on inputs with a known class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from rcmvae_core.inference import metrics
from rcmvae_core.inference.calibration import Calibration
from rcmvae_core.plugin.protocols import CalibratedPrediction


def calibration_metrics(
    calibration: Calibration,
    probabilities: Float[np.ndarray, "N Y"],
    calibrated: Mapping[str, CalibratedPrediction],
    labels: Int[np.ndarray, " N"],
) -> dict[str, Any]:
    """Compare predictions before and after calibration.

    Args:
        calibration: the fitted calibrators.
        probabilities: p(y|x) before.
        calibrated: what each calibrator made of them, by name.
        labels: the class of each input; those that the model does not know come after its own.

    Returns:
        What `Calibration.as_json` returns, and for each calibrator of probabilities `before` and `after` with `ece` and
        `negative_log_likelihood`, for each of sets the values of `set_metrics`; nothing without calibrators.
    """
    entry = calibration.as_json()
    for name, each in calibrated.items() if len(labels) else ():
        values = entry["calibrators"][name]
        if each.probabilities is not None:
            columns = probabilities.shape[1] - each.probabilities.shape[1]
            after = np.pad(each.probabilities, ((0, 0), (0, columns)))
            values |= {"before": _confidence(probabilities, labels), "after": _confidence(after, labels)}
        if each.sets is not None:
            values |= set_metrics(each.sets, labels)
    return entry


def set_metrics(sets: Bool[np.ndarray, "N Y"], labels: Int[np.ndarray, " N"]) -> dict[str, float]:
    """Compute the coverage and the size of sets of classes.

    Args:
        sets: which classes each set contains.
        labels: the class of each input; a class without a column is in no set.

    Returns:
        `coverage`, the share of sets that contain the class; `lowest_class_coverage`, that of the class with the lowest;
        `mean_set_size`; and `empty_sets`, the share of sets without a class.
    """
    padded = np.pad(sets, ((0, 0), (0, max(0, int(labels.max()) + 1 - sets.shape[1]))))
    covered = padded[np.arange(len(labels)), labels]
    sizes = sets.sum(axis=1)
    return {
        "coverage": float(covered.mean()),
        "lowest_class_coverage": min(float(covered[labels == label].mean()) for label in np.unique(labels)),
        "mean_set_size": float(sizes.mean()),
        "empty_sets": float(np.mean(sizes == 0)),
    }


def _confidence(probabilities: Float[np.ndarray, "N Y"], labels: Int[np.ndarray, " N"]) -> dict[str, float]:
    return {
        "ece": metrics.ece(probabilities, labels),
        "negative_log_likelihood": metrics.negative_log_likelihood(probabilities, labels),
    }
