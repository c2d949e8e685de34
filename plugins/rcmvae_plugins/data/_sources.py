"""Reads inputs that are not in memory: several sources as one, and rows that are decoded on use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Int, Num

from rcmvae_core.plugin.protocols import Source
from rcmvae_plugins.data._errors import FIX_OR_REMOVE, grouped, reason, unreadable_in_run


class Joined:
    """The concatenation of sources with the same shape and type of row.

    Several threads may read at once if they may read each of the sources at once.

    Args:
        sources: [N_s, *x] each.

    Raises:
        ValueError: if `sources` is empty, or rows differ in shape or type.

    Example:
        >>> Joined([np.zeros((3, 2)), np.ones((2, 2))])[np.array([4, 0])]
        array([[1., 1.],
               [0., 0.]])
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        forms = {(tuple(source.shape[1:]), source.dtype) for source in sources}
        if len(forms) != 1:
            listed = " and ".join(sorted(f"{shape} of {dtype}" for shape, dtype in forms)) or "no source"
            raise ValueError(f"all sources must have the same shape and type of row, got {listed}")
        self._sources = tuple(sources)
        self._ends = np.cumsum([source.shape[0] for source in sources])

    @property
    def shape(self) -> tuple[int, ...]:
        """[N, *x], where N is the total number of rows."""
        return (int(self._ends[-1]), *self._sources[0].shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of all rows."""
        return self._sources[0].dtype

    def __getitem__(self, indices: Int[np.ndarray, " n"], /) -> Num[np.ndarray, "n *x"]:
        """Return rows in the order of their indices.

        Raises:
            IndexError: if an index is out of range.
        """
        check_indices(indices, self.shape[0])
        rows = np.empty((len(indices), *self.shape[1:]), self.dtype)
        owners = np.searchsorted(self._ends, indices, side="right")
        for owner in np.unique(owners).tolist():
            source, mask = self._sources[owner], owners == owner
            rows[mask] = source[indices[mask] - (self._ends[owner] - source.shape[0])]
        return rows


class Decoded:
    """Rows that are decoded from files or records one by one, on each use.

    Several threads may read at once if they may call `decode` at once.

    Args:
        origin: the folder or file, for error messages.
        shape: [N, *x].
        dtype: uint8 or a float type.
        decode: `index -> [*x]`, of that type; it may raise any exception if the row cannot be read.
        name: `index -> str`, the name of the row for error messages.

    Example:
        >>> squares = Decoded("memory", (9, 1), np.dtype(np.uint8), lambda i: np.array([i * i], np.uint8), str)
        >>> squares[np.array([8, 3])].ravel()
        array([64,  9], dtype=uint8)
    """

    def __init__(
        self,
        origin: object,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        decode: Callable[[int], Num[np.ndarray, "..."]],
        name: Callable[[int], str],
    ) -> None:
        self._origin, self._shape, self._dtype = str(origin), shape, dtype
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
        """Return rows in the order of their indices.

        Raises:
            IndexError: if an index is out of range.
            RunError: E306, with all requested rows that cannot be read, up to ten for each reason.
        """
        check_indices(indices, self._shape[0])
        rows = np.empty((len(indices), *self._shape[1:]), self._dtype)
        problems: dict[str, str] = {}
        for row, index in zip(rows, indices.tolist(), strict=True):
            try:
                row[...] = self._checked(self._decode(index))
            except Exception as error:  # noqa: BLE001 - decoders raise nearly any exception for corrupt data
                problems[self._name(index)] = reason(error)
        if problems:
            raise unreadable_in_run(self._origin, *grouped(problems, "rows"), remedies=FIX_OR_REMOVE)
        return rows

    def _checked(self, row: Num[np.ndarray, "..."]) -> Num[np.ndarray, "..."]:
        if (row.shape, row.dtype) != (self._shape[1:], self._dtype):
            expected = f"{self._shape[1:]} of {self._dtype}"
            raise ValueError(f"it has shape {row.shape} of {row.dtype}, expected {expected}")
        return row


def join(sources: Sequence[Source]) -> Num[np.ndarray, "N *x"] | Source:
    """Return the concatenation of sources, as an array if all of them are arrays in memory.

    Args:
        sources: [N_s, *x] each, with the same shape and type of row.
    """
    if len(sources) == 1:
        return sources[0]
    arrays = [source for source in sources if isinstance(source, np.ndarray)]
    if len(arrays) == len(sources) and not any(isinstance(array, np.memmap) for array in arrays):
        return np.concatenate(arrays)
    return Joined(sources)


def check_indices(indices: Int[np.ndarray, " n"], count: int) -> None:
    """Raise unless all indices are in `range(count)`.

    Raises:
        IndexError: if one is not.
    """
    if indices.size and not (indices.min() >= 0 and indices.max() < count):
        raise IndexError(f"indices must be from 0 to {count - 1}, got {indices.min()} to {indices.max()}")
