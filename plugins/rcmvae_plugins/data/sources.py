"""Inputs that are not in memory: several sources as one, and rows that are made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Int, Num

from rcmvae_core.protocols import Source
from rcmvae_plugins.data.faults import MEND, reason, spoiled


class Joined:
    """Sources of one shape and type, one after another, as one: row i of all is row i - (rows before) of its own.

    Several threads may ask at once if they may ask each of the sources.

    Args:
        sources: [N_s, *x] each.

    Raises:
        ValueError: if there is none, or their rows differ in shape or type.

    Example:
        >>> Joined([np.zeros((3, 2)), np.ones((2, 2))])[np.array([4, 0])]
        array([[1., 1.],
               [0., 0.]])
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        forms = {(tuple(source.shape[1:]), source.dtype) for source in sources}
        if len(forms) != 1:
            told = " and ".join(sorted(f"{shape} of {dtype}" for shape, dtype in forms)) or "none"
            raise ValueError(f"sources of one shape and type are wanted, got {told}")
        self._sources = tuple(sources)
        self._ends = np.cumsum([source.shape[0] for source in sources])

    @property
    def shape(self) -> tuple[int, ...]:
        """[N, *x], with N the rows of all."""
        return (int(self._ends[-1]), *self._sources[0].shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type that all have."""
        return self._sources[0].dtype

    def __getitem__(self, indices: Int[np.ndarray, " n"], /) -> Num[np.ndarray, "n *x"]:
        """Rows in the order of their indices.

        Raises:
            IndexError: if there is no such row.
        """
        check(indices, self.shape[0])
        rows = np.empty((len(indices), *self.shape[1:]), self.dtype)
        owners = np.searchsorted(self._ends, indices, side="right")
        for owner in np.unique(owners).tolist():
            source, here = self._sources[owner], owners == owner
            rows[here] = source[indices[here] - (self._ends[owner] - source.shape[0])]
        return rows


class Decoded:
    """Rows that are made from files or records, one by one, each time they are asked for.

    Several threads may ask at once if they may call `decode`.

    Args:
        where: the folder or file that an error names.
        shape: [N, *x].
        dtype: uint8 or a float.
        decode: `index -> [*x]`, of that type; any exception of it says why the row cannot be read.
        name: `index -> text`, how an error names the row.

    Example:
        >>> squares = Decoded("nowhere", (9, 1), np.dtype(np.uint8), lambda i: np.array([i * i], np.uint8), str)
        >>> squares[np.array([8, 3])].ravel()
        array([64,  9], dtype=uint8)
    """

    def __init__(
        self,
        where: object,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        decode: Callable[[int], Num[np.ndarray, "..."]],
        name: Callable[[int], str],
    ) -> None:
        self._where, self._shape, self._dtype = str(where), shape, dtype
        self._decode, self._name = decode, name

    @property
    def shape(self) -> tuple[int, ...]:
        """[N, *x]."""
        return self._shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of a row."""
        return self._dtype

    def __getitem__(self, indices: Int[np.ndarray, " n"], /) -> Num[np.ndarray, "n *x"]:
        """Rows in the order of their indices.

        Raises:
            IndexError: if there is no such row.
            RunError: E306, with every row of these that cannot be read, up to ten.
        """
        check(indices, self._shape[0])
        rows = np.empty((len(indices), *self._shape[1:]), self._dtype)
        faults: dict[int, str] = {}
        for row, index in zip(rows, indices.tolist(), strict=True):
            try:
                row[...] = self._fitting(self._decode(index))
            except Exception as error:  # noqa: BLE001 - broken data make a decoder raise nearly anything
                faults[index] = f"{self._name(index)} cannot be read: {reason(error)}"
        if faults:
            raise spoiled(self._where, *faults.values(), remedies=MEND)
        return rows

    def _fitting(self, row: Num[np.ndarray, "..."]) -> Num[np.ndarray, "..."]:
        if (row.shape, row.dtype) != (self._shape[1:], self._dtype):
            expected = f"{self._shape[1:]} of {self._dtype}"
            raise ValueError(f"it is of shape {row.shape} of {row.dtype}, not {expected}")
        return row


def join(sources: Sequence[Source]) -> Num[np.ndarray, "N *x"] | Source:
    """Sources as one: an array if all are arrays in memory.

    Args:
        sources: [N_s, *x] each, of one shape and type.
    """
    if len(sources) == 1:
        return sources[0]
    arrays = [source for source in sources if isinstance(source, np.ndarray)]
    if len(arrays) == len(sources) and not any(isinstance(array, np.memmap) for array in arrays):
        return np.concatenate(arrays)
    return Joined(sources)


def check(indices: Int[np.ndarray, " n"], count: int) -> None:
    """That all of them are rows of `count`.

    Raises:
        IndexError: if one is not.
    """
    if indices.size and not (indices.min() >= 0 and indices.max() < count):
        raise IndexError(f"rows are 0 to {count - 1}, asked for {indices.min()} to {indices.max()}")
