"""Reads curves over epochs from the rows of the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from rcmvae_core.plugin.protocols import ReportData

Row = Mapping[str, float]


def seed_rows(data: ReportData) -> list[Row]:
    """Return the rows of the history that are of the seed of the arrays."""
    return [row for row in data.history if row["seed"] == data.seed]


def epochs_of(rows: Sequence[Row], prefix: str) -> Float[np.ndarray, " E"]:
    """Return the epochs with a value whose name has a prefix."""
    return np.array(
        sorted({row["epoch"] for row in rows if any(key.startswith(prefix) for key in row)}), float
    )


def names_after(rows: Sequence[Row], prefix: str) -> list[str]:
    """Return what follows a prefix such as `train/` in the names of values, in their order."""
    return [
        key[len(prefix) :] for key in dict.fromkeys(k for row in rows for k in row) if key.startswith(prefix)
    ]


def series(rows: Sequence[Row], key: str) -> tuple[Float[np.ndarray, " E"], Float[np.ndarray, "S E"]]:
    """Return the epochs with a value, and the value of each seed at each of them; NaN if it has none."""
    cells: dict[tuple[float, float], list[float]] = {}
    for row in rows:
        if key in row:
            cells.setdefault((row["seed"], row["epoch"]), []).append(row[key])
    seeds, epochs = (sorted({cell[i] for cell in cells}) for i in (0, 1))
    values = np.full((len(seeds), len(epochs)), np.nan)
    for (seed, epoch), cell_values in cells.items():
        value = float(np.mean(cell_values)) if np.isfinite(cell_values).all() else np.nan
        values[seeds.index(seed), epochs.index(epoch)] = value
    return np.array(epochs, dtype=float), values


def curve(rows: Sequence[Row], key: str, epochs: Float[np.ndarray, " E"]) -> Float[np.ndarray, " E"]:
    """Return the values of one seed at given epochs; NaN where it has none.

    Args:
        rows: of one seed.
        key: the name of the value.
        epochs: where to read it.
    """
    present, values = series(rows, key)
    by_epoch = dict(zip(present.tolist(), values.ravel().tolist(), strict=True))
    return np.array([by_epoch.get(epoch, np.nan) for epoch in epochs.tolist()])
