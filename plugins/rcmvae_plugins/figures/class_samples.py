"""Draws samples of each class."""

from __future__ import annotations

import numpy as np

from rcmvae_core.plugin.protocols import NotApplicable, Plot, ReportArrays, ReportData
from rcmvae_plugins.figures._arrays import class_name
from rcmvae_plugins.figures._labels import count_of
from rcmvae_plugins.figures._pictures import full_class_name, sample_columns
from rcmvae_plugins.figures._style import styled
from rcmvae_plugins.figures._tiles import TileRow, tile_figure
from rcmvae_plugins.figures.params import ClassSamplesParams


@styled
def class_samples(params: ClassSamplesParams, data: ReportData) -> Plot | NotApplicable:
    """Draw a row of samples for each class, from its channels by π_c τ[c, y].

    Args:
        params: the number of samples and of classes.
        data: samples of each class, and labels.
    """
    arrays = data.arrays
    if not arrays.class_samples.size:
        missing = "no samples were stored" if arrays.tau.shape[1] else "the run has no classifier"
        return NotApplicable(missing)
    order = _frequent(arrays, params.classes)
    samples = arrays.class_samples[order, : params.columns]
    classes, count = samples.shape[:2]
    rows = [
        TileRow(class_name(arrays, label), tiles)
        for label, tiles in zip(order.tolist(), samples, strict=True)
    ]
    subset = count_of(classes, len(arrays.class_samples), "class")
    frequent = ", the most frequent" if classes < len(arrays.class_samples) else ""
    title = f"{count_of(count, count, 'sample')} of {subset}{frequent}"
    names = [full_class_name(arrays, label) for label in order.tolist()]
    table = {"class": np.repeat(np.array(names, object), count)}
    return Plot(tile_figure(title, rows), table | sample_columns(samples))


def _frequent(arrays: ReportArrays, limit: int) -> np.ndarray:
    """Return the most frequent classes, in their own order."""
    classes = len(arrays.class_samples)
    known = arrays.labels[(arrays.labels >= 0) & (arrays.labels < classes)]
    counts = np.bincount(known, minlength=classes)
    return np.sort(np.argsort(-counts, kind="stable")[:limit])
