"""Takes data frames of pandas, polars and pyarrow, and AnnData, for what they are: tables and matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rcmvae_core.plugin.protocols import Table


def as_table(inputs: Any) -> Table | None:
    """Return a data frame, or a mapping of columns, as a table; None for anything else.

    Frames are recognised by what they offer, so that none of their packages is imported.

    Args:
        inputs: anything.

    Returns:
        The table.

    Example:
        >>> as_table({"a": [1, None], "b": ["x", None]}).columns["b"].tolist()
        ['x', '']
        >>> as_table([[1.0, 2.0]]) is None
        True
        >>> from scipy.sparse import dok_array
        >>> as_table(dok_array((2, 2))) is None
        True
    """
    if isinstance(inputs, Table):
        return inputs
    columns = _columns(inputs)
    if columns is None:
        return None
    return Table({str(name): as_cells(values) for name, values in columns.items()})


def as_matrix(inputs: Any) -> Any:
    """Return a sparse matrix as an array and the matrix of an AnnData; other inputs as they are."""
    matrix = inputs.X if _is_anndata(inputs) else inputs
    return matrix.toarray() if _is_sparse(matrix) else matrix


def _is_sparse(inputs: Any) -> bool:
    return hasattr(inputs, "toarray") and hasattr(inputs, "nnz")


def _is_anndata(inputs: Any) -> bool:
    return all(hasattr(inputs, name) for name in ("X", "obs", "var", "n_obs"))


def _columns(inputs: Any) -> Mapping[Any, Any] | None:
    if _is_sparse(inputs):  # one of SciPy's is a mapping, from places to values
        return None
    if isinstance(inputs, Mapping):
        return inputs
    names = getattr(inputs, "column_names", None) or getattr(inputs, "columns", None)  # pyarrow, or others
    if names is None or isinstance(inputs, np.ndarray) or _is_anndata(inputs):
        return None
    try:
        return {name: inputs[name] for name in names}
    except (TypeError, KeyError, IndexError):
        return None


def as_cells(values: Any) -> np.ndarray:
    """Return a column as floats, with NaN where a value is missing, or as strings, empty where one is missing.

    Args:
        values: a sequence, an array, or a column of a data frame.

    Returns:
        [N].
    """
    listed = values.to_pylist() if hasattr(values, "to_pylist") else values
    array = np.asarray(listed.to_numpy() if hasattr(listed, "to_numpy") else listed)
    if array.dtype.kind in "iuf":
        return array.astype(np.float64)
    if array.dtype.kind == "M":
        text = np.datetime_as_string(array.astype("datetime64[us]"))
        return np.array(["" if t == "NaT" else t for t in text.tolist()], object)
    cells: Sequence[Any] = array.tolist()
    present = [cell for cell in cells if not _is_gap(cell)]
    if present and all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in present):
        return np.array([np.nan if _is_gap(cell) else cell for cell in cells], np.float64)
    return np.array(["" if _is_gap(cell) else str(cell) for cell in cells], object)


def _is_gap(cell: Any) -> bool:
    if cell is None:
        return True
    try:
        return bool(cell != cell)  # noqa: PLR0124 - NaN and NaT differ from themselves
    except (TypeError, ValueError):  # pandas' NA has no truth value
        return True
