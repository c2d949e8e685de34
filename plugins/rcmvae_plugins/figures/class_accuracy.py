"""Draws the accuracy of each class."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportData
from rcmvae_plugins.figures._arrays import class_names, full_class_names, labelled_predictions, percent
from rcmvae_plugins.figures._bins import count_bars
from rcmvae_plugins.figures._folding import fold
from rcmvae_plugins.figures._missing import NO_CLASSIFIER, NO_PREDICTIONS
from rcmvae_plugins.figures._style import (
    BLUE,
    INK,
    MUTED,
    WIDTH,
    format_percent,
    name_ticks,
    styled,
    titled_figure,
    with_grid,
)
from rcmvae_plugins.figures.params import ClassAccuracyParams

_QUANTILE = 1.959964
"""Of the standard normal distribution, for intervals of 95 %."""


class Interval(NamedTuple):
    """Bounds of a fraction."""

    low: Float[np.ndarray, " n"]
    high: Float[np.ndarray, " n"]


@styled
def class_accuracy(params: ClassAccuracyParams, data: ReportData) -> Plot | NotApplicable:
    """Draw bars of the fraction of each class that is predicted, least accurate first, and the number of its inputs.

    Args:
        params: the number of classes.
        data: labels and p(y|x).
    """
    probabilities, labels = labelled_predictions(data.arrays)
    classes = probabilities.shape[1]
    if not classes:
        return NO_CLASSIFIER
    if not len(labels):
        return NO_PREDICTIONS
    inputs = np.bincount(labels, minlength=classes)
    correct = np.bincount(labels[probabilities.argmax(axis=1) == labels], minlength=classes)
    # A class without inputs has no accuracy; it is not shown.
    present = np.flatnonzero(inputs)
    order = present[np.argsort((correct / np.maximum(inputs, 1))[present], kind="stable")]
    folded = fold(order, params.classes)
    inputs, correct = folded.sums(inputs), folded.sums(correct)
    accuracy, interval = correct / inputs, wilson_interval(correct, inputs)

    height = max(0.6, 0.24 * len(accuracy))
    title = _title(int(correct.sum()), int(inputs.sum()), float(accuracy.min()))
    figure = titled_figure(WIDTH, height + 1.1, title + folded.note("least accurate", "classes"))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(4, 1))
    places = np.arange(len(accuracy))
    with_grid(left).barh(places, accuracy, height=0.7, color=BLUE)
    left.hlines(places, interval.low, interval.high, INK, linewidth=1.0)
    left.axvline(correct.sum() / inputs.sum(), color=MUTED, linewidth=1, linestyle="--")
    left.set_xlim(0, 1)
    left.set_ylim(len(accuracy) - 0.4, -0.6)
    left.grid(visible=False, axis="y")
    format_percent(left.xaxis, 5)
    left.set_xlabel("accuracy, with a 95 % interval; dashed: of all inputs")
    name_ticks(left.yaxis, folded.names(class_names(data.arrays, classes)), height)
    count_bars(right, inputs, len(folded.shown), MUTED)
    table = {
        "class": folded.names(full_class_names(data.arrays, classes)),
        "inputs": inputs,
        "correct": correct,
        "accuracy": accuracy,
        "low": interval.low,
        "high": interval.high,
    }
    return Plot(figure, table)


def wilson_interval(correct: Int[np.ndarray, " n"], total: Int[np.ndarray, " n"]) -> Interval:
    """Return bounds of fractions at a level of 95 %.

    Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference".
    """
    share, square = correct / total, _QUANTILE**2
    centre = (share + square / (2 * total)) / (1 + square / total)
    half = _QUANTILE / (1 + square / total) * np.sqrt(share * (1 - share) / total + square / (4 * total**2))
    return Interval(np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0))


def _title(correct: int, total: int, worst: float) -> str:
    return f"accuracy {percent(correct / total)} of {total} inputs; {percent(worst)} of the worst class"
