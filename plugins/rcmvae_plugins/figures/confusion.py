"""True class against predicted class."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from matplotlib.figure import Figure

from rcmvae_core.diagnostics import ReportData
from rcmvae_plugins.figures._reading import class_names, percent
from rcmvae_plugins.figures._style import blank, canvas, heat, styled, ticks, turned
from rcmvae_plugins.figures.params import ConfusionParams


@styled
def confusion(params: ConfusionParams, data: ReportData) -> Figure:
    """Shares of each true class, with counts; inputs of unknown label are left out."""
    found = data.diagnostics
    classes = found.probabilities.shape[1]
    if classes == 0:
        return blank("The run has no classifier.")
    finite = np.isfinite(found.probabilities).all(axis=1)
    counts = count(found.labels[finite], found.probabilities[finite])
    total, right = int(counts.sum()), int(np.trace(counts))
    if total == 0:
        return blank("No input has both a known label and a prediction.")
    lost = int((~finite & (found.labels >= 0)).sum())
    names = class_names(found, classes)
    side = float(np.clip(0.46 * classes, 1.4, 7.0))
    note = f"; {lost} without a prediction" if lost else ""
    figure = canvas(side + 1.9, side + 1.6, f"accuracy {percent(right / total)} ({right} of {total}{note})")
    axes = figure.subplots()
    texts = [[str(value) if value else "" for value in row] for row in counts.tolist()]
    heat(
        axes,
        counts / np.maximum(counts.sum(axis=1, keepdims=True), 1),
        texts if classes <= params.annotate else None,
    )
    axes.set_aspect("equal")
    ticks(axes.xaxis, names, side, upright=turned(names, side))
    ticks(axes.yaxis, names, side)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    return figure


def count(labels: Int[np.ndarray, " N"], probabilities: Float[np.ndarray, "N Y"]) -> Int[np.ndarray, "Y Y"]:
    """Inputs by true class (rows) and most probable class (columns), over known labels."""
    classes = probabilities.shape[1]
    known = (labels >= 0) & (labels < classes)
    pairs = labels[known] * classes + probabilities[known].argmax(axis=1)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
