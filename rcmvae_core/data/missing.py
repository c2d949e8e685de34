"""Keeps the missing values of a table as NaN."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float


def with_gaps(features: Float[np.ndarray, "N f"], gaps: Bool[np.ndarray, " N"]) -> Float[np.ndarray, "N f"]:
    """Return the features of a column with NaN in the rows where its cell is missing.

    Args:
        features: of the column.
        gaps: which cells are missing.

    Example:
        >>> with_gaps(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([False, True])).tolist()
        [[1.0, 0.0], [nan, nan]]
    """
    return np.where(gaps[:, None], np.nan, features)


def empty_cells(cells: Sequence[str], features: Float[np.ndarray, "N f"]) -> list[str]:
    """Return the cells of a column, empty where its features are NaN.

    Args:
        cells: what the features were decoded to.
        features: of the column.
    """
    gaps = np.asarray(np.isnan(features).any(axis=1))
    return ["" if gap else cell for cell, gap in zip(cells, gaps.tolist(), strict=True)]
