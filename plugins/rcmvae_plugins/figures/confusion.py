"""Draws the confusion matrix of held-out inputs."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._arrays import class_names, finite_rows, full_class_names, percent
from rcmvae_plugins.figures._missing import NO_CLASSIFIER, NO_PREDICTIONS
from rcmvae_plugins.figures._style import (
    heatmap,
    name_ticks,
    needs_rotation,
    styled,
    titled_figure,
)
from rcmvae_plugins.figures.params import ConfusionParams


@styled
def confusion(params: ConfusionParams, data: ReportData) -> Plot | NotApplicable:
    """Draw the fractions of each true class, with counts; inputs of unknown label are left out.

    Args:
        params: the number of classes up to which counts are written.
        data: labels and p(y|x).
    """
    arrays = data.arrays
    classes = arrays.probabilities.shape[1]
    if classes == 0:
        return NO_CLASSIFIER
    finite = finite_rows(arrays.probabilities)
    counts = confusion_counts(arrays.labels[finite], arrays.probabilities[finite])
    total, correct = int(counts.sum()), int(np.trace(counts))
    if total == 0:
        return NO_PREDICTIONS
    not_finite = int((~finite & (arrays.labels >= 0)).sum())
    names = class_names(arrays, classes)
    side = float(np.clip(0.46 * classes, 1.4, 7.0))
    note = f"; {not_finite} without a prediction" if not_finite else ""
    title = f"accuracy {percent(correct / total)} ({correct} of {total}{note})"
    figure = titled_figure(side + 1.9, side + 1.6, title)
    axes = figure.subplots()
    texts = [[str(value) if value else "" for value in row] for row in counts.tolist()]
    heatmap(
        axes,
        counts / np.maximum(counts.sum(axis=1, keepdims=True), 1),
        texts if classes <= params.annotate else None,
    )
    axes.set_aspect("equal")
    name_ticks(axes.xaxis, names, side, rotated=needs_rotation(names, side))
    name_ticks(axes.yaxis, names, side)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    names = full_class_names(arrays, classes)
    table = {
        "true_class": np.repeat(names, classes),
        "predicted_class": np.tile(names, classes),
        "inputs": counts.ravel(),
    }
    return Plot(figure, table)


def confusion_counts(
    labels: Int[np.ndarray, " N"], probabilities: Float[np.ndarray, "N Y"]
) -> Int[np.ndarray, "Y Y"]:
    """Count inputs with a known label by true class (rows) and most probable class (columns)."""
    classes = probabilities.shape[1]
    known = (labels >= 0) & (labels < classes)
    pairs = labels[known] * classes + probabilities[known].argmax(axis=1)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
