"""Looks up the items of a data set by id, by the name of their file and by index."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from rcmvae_core.errors import fail, quoted
from rcmvae_core.runtime.user_files import shortened

_SHOWN = 5
_DEEPEST = 100
"""Folders of a name whose endings are found."""


class Items:
    """The items of a data set, by id, name and index; equal inputs are one item.

    Args:
        ids: the id of each input, in the order of the data set.
        names: the name of each input, such as the path of its file; empty if inputs have none.

    Example:
        >>> items = Items(["00aa", "11bb"], ["cats/1.png", "dogs/1.png"])
        >>> items.check("11bb"), items.check("cats/1.png")
        ('11bb', '00aa')
    """

    def __init__(self, ids: Sequence[str], names: Sequence[str] = ()) -> None:
        self.ids, self.names = ids, names

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

    def name_of(self, item: str) -> str:
        """Return the name of the first input of an item; an empty string if it has none, or is not in the data set."""
        index = self.first_index.get(item)
        return self.names[index] if index is not None and len(self.names) else ""

    def check(self, item: str) -> str:
        """Return the id of an item that is named by its id, by the path of its file, or by the end of that path.

        Raises:
            RcmvaeError: E607 if the data set has no such item, or several.
        """
        if item in self.first_index:
            return item
        return self.named(item)

    def named(self, name: str) -> str:
        """Return the id of the item with a file, given by its path or by the end of that.

        Raises:
            RcmvaeError: E607 if there is none, or if files of several items end like this.
        """
        wanted = unicodedata.normalize("NFC", name).replace("\\", "/").removeprefix("./")
        indices = self._by_name.get(wanted) or self._by_ending.get(wanted, [])
        if indices and all(self.ids[index] == self.ids[indices[0]] for index in indices):
            return self.ids[indices[0]]
        if indices:
            shown = quoted(shortened(self.names[index]) for index in indices[:_SHOWN])
            message = f"{len(indices)} files are called `{shortened(name)}`: {shown}"
            fail("E607", message, help=["give more of the path"])
        message = f"the data set has no item `{shortened(name)}`"
        file = f", or by its file, such as `{self.names[0]}`" if len(self.names) else ""
        fail("E607", message, help=[f"an item is named by its id{self._example()}, by `--index N`{file}"])

    def _example(self) -> str:
        """Return an id for a message: most are hashes, and a data set may have others."""
        return f", such as `{self.ids[0]}`" if len(self.ids) else ""

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        return _positions(self.names)

    @cached_property
    def _by_ending(self) -> dict[str, list[int]]:
        """The positions of names by each of their endings after a `/`."""
        positions: dict[str, list[int]] = defaultdict(list)
        for index, name in enumerate(self.names):
            ending = name
            for _ in range(_DEEPEST):
                positions[ending].append(index)
                _, slash, ending = ending.partition("/")
                if not slash:
                    break
        return dict(positions)


def _positions(names: Sequence[str]) -> dict[str, list[int]]:
    positions: dict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(names):
        positions[name].append(index)
    return dict(positions)
