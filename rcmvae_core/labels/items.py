"""Looks up the items of a data set by id and by index."""

from __future__ import annotations

from functools import cached_property

from rcmvae_core.errors import fail


class Items:
    """The items of a data set, by id and by index; equal inputs are one item.

    Args:
        ids: the id of each input, in the order of the data set.
    """

    def __init__(self, ids: list[str]) -> None:
        self.ids = ids

    @cached_property
    def first_index(self) -> dict[str, int]:
        """The index of the first input of each item."""
        last = len(self.ids) - 1
        return {item: last - offset for offset, item in enumerate(reversed(self.ids))}

    def at(self, index: int) -> str:
        """Return the id of the item at an index.

        Raises:
            RcmvaeError: E607 if the index is out of range.
        """
        if not 0 <= index < len(self.ids):
            message = f"index {index} is out of range: the data set has {len(self.ids)} inputs, from 0"
            fail("E607", message, help=["give an index into the data set"])
        return self.ids[index]

    def check(self, item: str) -> str:
        """Return an id, if the data set has it.

        Raises:
            RcmvaeError: E607 if it has not.
        """
        if item not in self.first_index:
            message = f"the data set has no item `{item}`"
            help_ = ["an item is named by its id, 16 hexadecimal digits, or by `--index N`"]
            fail("E607", message, help=help_)
        return item
