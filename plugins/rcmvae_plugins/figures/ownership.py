"""Draws which classes the inputs of each channel are of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from matplotlib.patches import Rectangle
from scipy.optimize import linear_sum_assignment

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportArrays, ReportData
from rcmvae_plugins.figures._arrays import class_names, finite_rows, full_class_names, known_labels, percent
from rcmvae_plugins.figures._bins import count_bars
from rcmvae_plugins.figures._folding import OTHERS, Folded, fold
from rcmvae_plugins.figures._missing import NO_LABELS, NO_RESPONSIBILITIES, ONE_CHANNEL
from rcmvae_plugins.figures._style import (
    BLUE,
    ORANGE,
    WIDTH,
    heatmap,
    name_ticks,
    needs_rotation,
    styled,
    titled_figure,
)
from rcmvae_plugins.figures.params import OwnershipParams


class Ordered(NamedTuple):
    """Channels and classes in an order that puts the pairs of the best matching on a diagonal.

    Args:
        channels: those with a class first, in the order of the classes; then the others, most inputs first.
        classes: those with a channel first; then the others, most inputs first.
        pairs: the number of pairs, each of which has at least one input.
    """

    channels: Int[np.ndarray, " K"]
    classes: Int[np.ndarray, " Y"]
    pairs: int


@styled
def ownership(params: OwnershipParams, data: ReportData) -> Plot | NotApplicable:
    """Draw how the inputs of each most probable channel divide over the classes, with their number at the side.

    Channels without inputs are left out.

    Args:
        params: the number of channels and classes, and of cells up to which counts are written.
        data: labels and responsibilities.
    """
    arrays = data.arrays
    channels = arrays.responsibilities.shape[1]
    if channels == 1:
        return ONE_CHANNEL
    if not finite_rows(arrays.responsibilities).any() or not channels:
        return NO_RESPONSIBILITIES
    counts = ownership_counts(arrays)
    if not counts.sum():
        return NO_LABELS
    used = int(counts.any(axis=1).sum())
    fits = used <= params.channels and counts.shape[1] <= params.classes
    ordered = order_by_matching(counts, by_class=fits)
    # Channels without an input come last, and have no row.
    ordered = ordered._replace(channels=ordered.channels[:used])
    rows, columns = fold(ordered.channels, params.channels), fold(ordered.classes, params.classes)
    shown = columns.sums(rows.sums(counts).T).T

    height, width = np.clip([0.3 * shown.shape[0], 0.55 * shown.shape[1]], [0.8, 1.2], [8.0, WIDTH - 2.4])
    figure = titled_figure(width + 2.4, height + 1.6, _title(counts, ordered, rows, columns))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[width, 1.3])
    texts = [[str(value) if value else "" for value in row] for row in shown.tolist()]
    sizes = shown.sum(axis=1)
    shares = shown / np.maximum(sizes, 1)[:, None]
    heatmap(left, shares, texts if shown.size <= params.annotate else None)
    for place in range(min(ordered.pairs, len(rows.shown), len(columns.shown))):
        left.add_patch(
            Rectangle((place - 0.5, place - 0.5), 1, 1, fill=False, edgecolor=ORANGE, linewidth=1.4)
        )
    names = columns.names(class_names(arrays, counts.shape[1]))
    name_ticks(left.xaxis, names, float(width), rotated=needs_rotation(names, float(width)))
    name_ticks(left.yaxis, rows.names([str(channel) for channel in range(channels)]), float(height))
    left.set_xlabel("class")
    left.set_ylabel("channel")
    count_bars(right, sizes, len(rows.shown), BLUE)
    return Plot(figure, _table(arrays, shown, rows, columns, ordered.pairs))


def ownership_counts(arrays: ReportArrays) -> Int[np.ndarray, "K Y"]:
    """Count the inputs with a known label by most probable channel and by class."""
    usable = known_labels(arrays) & finite_rows(arrays.responsibilities)
    labels = arrays.labels[usable]
    channels = arrays.responsibilities.shape[1]
    classes = max(len(arrays.class_names), arrays.probabilities.shape[1], int(labels.max(initial=-1)) + 1)
    pairs = arrays.responsibilities[usable].argmax(axis=1) * classes + labels
    return np.bincount(pairs, minlength=channels * classes).reshape(channels, classes)


def order_by_matching(counts: Int[np.ndarray, "K Y"], *, by_class: bool) -> Ordered:
    """Match channels with classes, one to one, so that the number of inputs in the pairs is the largest.

    Args:
        counts: of inputs.
        by_class: whether pairs are in the order of their classes; else those with the most inputs come first.

    Returns:
        The order.
    """
    channels, classes = linear_sum_assignment(-counts)
    used = counts[channels, classes] > 0
    channels, classes = channels[used], classes[used]
    # Where not all fit into a figure, the pairs with the most inputs come first.
    order = np.argsort(classes if by_class else -counts[channels, classes], kind="stable")
    channels, classes = channels[order], classes[order]
    rest = [np.argsort(-counts.sum(axis=axis), kind="stable") for axis in (1, 0)]
    others = [all_[~np.isin(all_, own)] for all_, own in zip(rest, (channels, classes), strict=True)]
    return Ordered(np.concatenate([channels, others[0]]), np.concatenate([classes, others[1]]), len(channels))


def _title(counts: Int[np.ndarray, "K Y"], ordered: Ordered, rows: Folded, columns: Folded) -> str:
    """Return the title.

    Args:
        counts: of all channels and classes.
        ordered: their order.
        rows: the channels.
        columns: the classes.
    """
    pairs = slice(ordered.pairs)
    owned = int(counts[ordered.channels[pairs], ordered.classes[pairs]].sum())
    folded = [
        f"{len(each.shown)} of {total} {things}"
        for each, total, things in zip((rows, columns), counts.shape, ("channels", "classes"), strict=True)
        if len(each.rest)
    ]
    empty = len(counts) - len(ordered.channels)
    note = f"; {empty} channel{'s' if empty > 1 else ''} without inputs" if empty else ""
    note = f"; {' and '.join(folded)}, rest in {OTHERS}" if folded else note
    return f"{percent(owned / counts.sum())} of {counts.sum()} inputs on the diagonal{note}"


def _table(
    arrays: ReportArrays, shown: Int[np.ndarray, "r c"], rows: Folded, columns: Folded, pairs: int
) -> dict[str, np.ndarray]:
    """Return a row for each cell.

    Args:
        arrays: of the report.
        shown: the counts in the figure.
        rows: the channels.
        columns: the classes.
        pairs: the number of cells on the diagonal that are pairs of the matching.
    """
    classes = len(columns.shown) + len(columns.rest)
    channels = rows.names([str(channel) for channel in range(arrays.responsibilities.shape[1])])
    names = columns.names(full_class_names(arrays, classes))
    row, column = np.indices(shown.shape)
    return {
        "channel": np.repeat(channels, shown.shape[1]),
        "class": np.tile(names, shown.shape[0]),
        "inputs": shown.ravel(),
        "matched": ((row == column) & (row < min(pairs, len(rows.shown), len(columns.shown)))).ravel(),
    }
