"""Describes the features of one input: cells of a table in its own units, and how unusual each is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from rcmvae_core.data.columns import Column, Columns
from rcmvae_core.data.inputs import read_rows
from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.plugin.protocols import Dataset

_ROWS = 65_536
"""Training inputs whose moments are computed, at most, evenly spaced."""
_HALF = 0.5


class Moments(NamedTuple):
    """What training inputs are like.

    Args:
        mean: of each feature.
        std: its standard deviation; 0 for a constant one.
    """

    mean: Float[np.ndarray, " F"]
    std: Float[np.ndarray, " F"]


class RowFeature(NamedTuple):
    """A column of a table, in one row, or a value of a series.

    Args:
        name: of the column.
        value: as the table has it; empty where it is missing.
        z: how many standard deviations it differs from the mean of training rows; of a category, and of a missing
            value, whose share of training rows is f, √((1 - f) / f); 0 for a value that the model leaves out.
    """

    name: str
    value: str
    z: float


def fit_moments(dataset: Dataset, train: Int[np.ndarray, " T"]) -> Moments:
    """Compute mean and standard deviation of each feature.

    Args:
        dataset: its inputs are features, [N F].
        train: indices of the training inputs.

    Returns:
        The moments, of at most 65,536 evenly spaced training inputs.
    """
    rows = np.asarray(read_rows(dataset, train[evenly_spaced(len(train), _ROWS)]), np.float64)
    if dataset.missing:
        return Moments(np.nanmean(rows, axis=0), np.nanstd(rows, axis=0))
    return Moments(rows.mean(axis=0), rows.std(axis=0))


def row_features(row: Float[np.ndarray, " F"], columns: Columns, moments: Moments) -> tuple[RowFeature, ...]:
    """Return the cells of a row.

    Args:
        row: its features, in the units of the table.
        columns: how the table was encoded.
        moments: of the training rows.

    Returns:
        A feature for each column, the most unusual first.
    """
    cells = columns.decode(np.asarray(row, np.float64)[None])
    found: list[RowFeature] = []
    start = 0
    for column in columns.columns:
        part = slice(start, start + len(column.features))
        start = part.stop
        z = _z(column, row[part], moments.mean[part], moments.std[part])
        found.append(RowFeature(column.name, cells[column.name][0], z))
    return tuple(sorted(found, key=lambda feature: -abs(feature.z)))


def _z(
    column: Column,
    values: Float[np.ndarray, " f"],
    mean: Float[np.ndarray, " f"],
    std: Float[np.ndarray, " f"],
) -> float:
    """Return how unusual a cell is.

    Args:
        column: that it belongs to.
        values: its features.
        mean: of the training rows.
        std: of the training rows.
    """
    if np.isnan(values).any():  # of a model that leaves missing values out: nothing is known about it
        return 0.0
    if column.type == "category":
        hit = values > _HALF
        # A category of two values has a feature for the second only; without features every row has the same value.
        share = mean[hit][0] if hit.any() else 1 - mean.sum()
        return _rarity(float(share))
    if column.indicator and values[1] > _HALF:
        return _rarity(float(mean[1]))
    return float((values[0] - mean[0]) / std[0]) if std[0] > 0 else 0.0


def _rarity(share: float) -> float:
    """Return the z of an indicator that is 1, for a share of the training rows that have it; finite for a share of 0."""
    share = min(1.0, max(share, 1 / _ROWS))
    return float(np.sqrt((1 - share) / share))
