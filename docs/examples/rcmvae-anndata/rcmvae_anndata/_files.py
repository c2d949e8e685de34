"""Open .h5ad files, and find matrices, names and columns in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
from jaxtyping import Int
from rcmvae_core import RcmvaeError, Source

from rcmvae_anndata._errors import listed, missing_file, reason, unreadable
from rcmvae_anndata._rows import DenseRows, SparseRows

IN_MEMORY = 2**30
"""Bytes up to which a matrix is read into memory, and above which its rows are read on use."""


def open_file(path: Path) -> h5py.File:
    """Open a .h5ad file to read.

    Args:
        path: the file.

    Returns:
        The open file; rows are read from it as long as somebody holds it.

    Raises:
        RcmvaeError: E305 if the file does not exist; E306 if it is no AnnData file.
    """
    if not path.exists():
        raise missing_file(path)
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        remedy = "it must be an .h5ad file, written by `AnnData.write_h5ad`; a .zarr folder is not read"
        raise unreadable(path, f"cannot be read: {reason(error)}", remedy) from None
    if not {"obs", "var"} <= file.keys():
        raise unreadable(path, "is no AnnData file: it has no `obs` and `var`", f"it has {listed([*file])}")
    return file


def frame(path: Path, file: h5py.File, name: str) -> pd.DataFrame:
    """Read `obs`, `var` or `raw/var`.

    Args:
        path: the file, for messages.
        file: it, opened.
        name: of the data frame.

    Raises:
        RcmvaeError: E306 if it is missing or cannot be read.
    """
    if name not in file:
        raise unreadable(path, f"has no `{name}`", f"it has {listed([*file])}")
    try:
        return anndata.io.read_elem(file[name])
    except Exception as error:  # noqa: BLE001 - anndata raises nearly any exception for a corrupt file
        raise unreadable(path, f"`{name}` cannot be read: {reason(error)}") from None


def column(path: Path, table: pd.DataFrame, name: str, column_: str) -> pd.Series:
    """Return a column of a data frame.

    Args:
        path: the file, for messages.
        table: the data frame.
        name: of the data frame, for messages.
        column_: the name of the column.

    Raises:
        RcmvaeError: E306 if there is no such column.
    """
    if column_ not in table.columns:
        raise unreadable(
            path, f"`{name}` has no column `{column_}`", f"its columns: {listed([*table.columns])}"
        )
    return table[column_]


def selected_genes(path: Path, var: pd.DataFrame, genes: str | None) -> Int[np.ndarray, " F"]:
    """Return the indices of the genes that a column of var selects.

    Args:
        path: the file, for messages.
        var: the table of genes.
        genes: the name of the column; None selects all.

    Raises:
        RcmvaeError: E306 if the column is missing, is not of booleans, or selects none.
    """
    if genes is None:
        return np.arange(len(var))
    chosen = column(path, var, "var", genes)
    if not pd.api.types.is_bool_dtype(chosen.dtype):
        message = f"column `{genes}` of `var` is {chosen.dtype}, and must be booleans to select genes"
        raise unreadable(path, message, "scanpy's `highly_variable` is one")
    indices = np.flatnonzero(chosen.fillna(False).to_numpy(bool))
    if not indices.size:
        raise unreadable(path, f"column `{genes}` of `var` selects no gene")
    return indices


def matrix_name(layer: str | None, *, raw: bool) -> tuple[str, str]:
    """Return the names of a matrix and of the table of its genes in the file.

    Args:
        layer: the layer; None is X.
        raw: whether X is that of `raw`.
    """
    if raw:
        return "raw/X", "raw/var"
    return ("X" if layer is None else f"layers/{layer}"), "var"


def read_matrix(
    path: Path, file: h5py.File, name: str, columns: Int[np.ndarray, " F"]
) -> np.ndarray | Source:
    """Read a matrix, dense or sparse, as an array if it is small, else by rows on use.

    Args:
        path: the file, for messages.
        file: it, opened.
        name: of the matrix in the file.
        columns: the indices of the genes.

    Returns:
        [N, F], float32.

    Raises:
        RcmvaeError: E306 if it is missing or is no matrix of numbers.
    """
    if name not in file:
        known = ["X" for _ in range("X" in file)] + [f"layers/{each}" for each in file.get("layers", ())]
        known += ["raw/X"] if "raw/X" in file else []
        raise unreadable(path, f"has no `{name}`", f"its matrices: {listed(known)}")
    try:
        rows = _rows(path, name, file[name], columns)
        small = rows.shape[0] * rows.shape[1] * rows.dtype.itemsize <= IN_MEMORY
        return rows[np.arange(rows.shape[0])] if small else rows
    except RcmvaeError:
        raise
    except Exception as error:  # noqa: BLE001 - h5py and anndata raise nearly any exception for a corrupt file
        raise unreadable(path, f"`{name}` cannot be read: {reason(error)}") from None


def _rows(path: Path, name: str, element: Any, columns: Int[np.ndarray, " F"]) -> DenseRows | SparseRows:
    if isinstance(element, h5py.Dataset):
        if element.ndim != 2 or element.dtype.kind not in "iufb":
            raise unreadable(
                path, f"`{name}` is {element.dtype} of shape {element.shape}, no matrix of numbers"
            )
        return DenseRows(element, columns)
    stored: Any = anndata.io.sparse_dataset(element)
    if stored.format == "csr":
        return SparseRows(element, stored.shape, columns)
    # Rows of a matrix by columns cannot be read on their own.
    matrix = stored.to_memory().tocsr()
    parts = {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr}
    return SparseRows(parts, matrix.shape, columns)


def gene_names(var: pd.DataFrame, columns: Int[np.ndarray, " F"]) -> Sequence[str]:
    """Return the names of genes by their indices."""
    return [str(name) for name in var.index[columns]]
