"""Maps the inputs of a data set to their items and back, in arrays: equal inputs are one item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from jaxtyping import Int

from rcmvae_core.labels.items import Items

UNLABELLED = -1


class ItemIndex:
    """The items of the N inputs, numbered by their first input.

    Args:
        items: of the data set.

    Attributes:
        codes: the number of each input's item, int32.
        has_duplicates: whether an item has several inputs.

    Example:
        >>> index = ItemIndex(Items(["a", "b", "a"]))
        >>> index.codes.tolist(), index.inputs_of(["a"]).tolist()
        ([0, 1, 0], [0, 2])
    """

    def __init__(self, items: Items) -> None:
        numbers: dict[str, int] = {}
        self.items = items
        self.codes = np.array([numbers.setdefault(each, len(numbers)) for each in items.ids], np.int32)
        self._numbers = numbers
        self.has_duplicates = len(numbers) < len(items.ids)

    def ids_of(self, indices: Iterable[int]) -> list[str]:
        """Return the items of inputs, each once.

        Raises:
            RcmvaeError: E607 if an index is out of range.
        """
        return list(dict.fromkeys(self.items.at(int(index)) for index in indices))

    def inputs_of(self, items: Sequence[str]) -> Int[np.ndarray, " n"]:
        """Return the indices of all inputs of some items, ascending; items that the data do not have count nothing."""
        is_touched = np.zeros(len(self._numbers), bool)
        is_touched[[number for item in items if (number := self._numbers.get(item)) is not None]] = True
        return np.flatnonzero(is_touched[self.codes])

    def with_changes(
        self, labels: Int[np.ndarray, " N"], changes: Mapping[str, int | None]
    ) -> Int[np.ndarray, " N"]:
        """Return labels of the inputs after some items got others.

        Args:
            labels: the class of each input, -1 without one.
            changes: the new class of each item, None without one.

        Returns:
            An array of its own, int32.
        """
        known = {self._numbers[item]: label for item, label in changes.items() if item in self._numbers}
        changed = labels.astype(np.int32)
        if not known:
            return changed
        values = np.full(len(self._numbers), UNLABELLED, np.int32)
        is_touched = np.zeros(len(self._numbers), bool)
        numbers = np.fromiter(known, np.int64, len(known))
        is_touched[numbers] = True
        values[numbers] = [UNLABELLED if label is None else label for label in known.values()]
        inputs = np.flatnonzero(is_touched[self.codes])
        changed[inputs] = values[self.codes[inputs]]
        return changed
