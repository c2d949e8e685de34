"""Read rows of a matrix by index, from memory or from disk, as dense float32."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse


class _Rows(ABC):
    """Rows of a matrix with some of its columns; the core reads them as a `Source`.

    Several threads may read at once: h5py lets one of them into HDF5 at a time.
    """

    def __init__(self, shape: tuple[int, int], columns: Int[np.ndarray, " F"]) -> None:
        self._count, self._columns = int(shape[0]), columns
        self._all = np.array_equal(columns, np.arange(shape[1]))

    @property
    def shape(self) -> tuple[int, int]:
        """[N, F]."""
        return self._count, len(self._columns)

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32, whatever the file has."""
        return np.dtype(np.float32)

    def __getitem__(self, indices: Int[np.ndarray, " n"], /) -> Float[np.ndarray, "n F"]:
        """Return rows in the order of their indices.

        Raises:
            IndexError: if an index is out of range.
        """
        indices = np.asarray(indices, np.int64)
        if indices.size and not (indices.min() >= 0 and indices.max() < self._count):
            raise IndexError(f"indices must be from 0 to {self._count - 1}")
        rows, positions = np.unique(indices, return_inverse=True)
        if not rows.size:
            return np.zeros((0, len(self._columns)), np.float32)
        return self._read(rows)[positions]

    @abstractmethod
    def _read(self, rows: Int[np.ndarray, " m"]) -> Float[np.ndarray, "m F"]:
        """Return rows whose indices ascend."""


class DenseRows(_Rows):
    """Rows of a dense matrix.

    Args:
        matrix: [N, G], an array or a dataset of h5py.
        columns: the indices of the columns to return.
    """

    def __init__(self, matrix: Any, columns: Int[np.ndarray, " F"]) -> None:
        super().__init__(matrix.shape, columns)
        self._matrix = matrix

    def _read(self, rows: Int[np.ndarray, " m"]) -> Float[np.ndarray, "m F"]:
        read = np.concatenate([np.asarray(self._matrix[a:b], np.float32) for a, b in _runs(rows)])
        return read if self._all else read[:, self._columns]


class SparseRows(_Rows):
    """Rows of a sparse matrix by rows (CSR), of which only those that are used become dense.

    Args:
        parts: `data`, `indices` and `indptr`, arrays or datasets of h5py.
        shape: [N, G].
        columns: the indices of the columns to return.
    """

    def __init__(self, parts: Any, shape: tuple[int, int], columns: Int[np.ndarray, " F"]) -> None:
        super().__init__(shape, columns)
        self._values, self._indices = parts["data"], parts["indices"]
        self._starts, self._width = np.asarray(parts["indptr"][:], np.int64), int(shape[1])

    def _read(self, rows: Int[np.ndarray, " m"]) -> Float[np.ndarray, "m F"]:
        runs = [(int(self._starts[a]), int(self._starts[b])) for a, b in _runs(rows)]
        values = np.concatenate([np.asarray(self._values[a:b], np.float32) for a, b in runs])
        indices = np.concatenate([np.asarray(self._indices[a:b], np.int64) for a, b in runs])
        starts = np.concatenate([[0], np.cumsum(self._starts[rows + 1] - self._starts[rows])])
        matrix: Any = sparse.csr_matrix((values, indices, starts), (len(rows), self._width))
        return (matrix if self._all else matrix[:, self._columns]).toarray()


def _runs(rows: Int[np.ndarray, " m"]) -> Iterator[tuple[int, int]]:
    """Yield the runs of consecutive indices, so that each is one read.

    Example:
        >>> list(_runs(np.array([2, 3, 4, 8])))
        [(2, 5), (8, 9)]
    """
    breaks = np.flatnonzero(np.diff(rows) > 1) + 1
    for run in np.split(rows, breaks):
        yield int(run[0]), int(run[-1]) + 1
