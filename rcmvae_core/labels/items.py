"""What an item is called: a hash of its content, so that a label stays with it wherever it stands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.labels.records import Identity

if TYPE_CHECKING:
    from rcmvae_core.protocols import Dataset

_DIGITS = 16
"""64 bits: among a million items two share an id once in forty million data sets."""
_CHUNK = 2**24


def item_ids(dataset: Dataset) -> list[str]:
    """The id of each input: SHA-256 of its type, shape and values, the same on every machine.

    Inputs that are equal share an id, and so a label. What lies on disk is read a part at a time.

    Args:
        dataset: of which only the inputs count.
    """
    return list(_ids(dataset))


def _ids(dataset: Dataset) -> Iterator[str]:
    import numpy as np  # noqa: PLC0415

    from rcmvae_core.training.inputs import rows  # noqa: PLC0415

    count, *shape = dataset.inputs.shape
    little: Any = dataset.inputs.dtype.newbyteorder("<")
    start = hashlib.sha256(repr((little.str, tuple(shape))).encode())
    some = max(1, _CHUNK // max(1, little.itemsize * int(np.prod(shape))))
    for first in range(0, count, some):
        indices = np.arange(first, min(count, first + some))
        for row in np.ascontiguousarray(rows(dataset, indices), little):
            digest = start.copy()
            digest.update(row)
            yield digest.hexdigest()[:_DIGITS]


class Items:
    """The items of a data set, by id and by index.

    Args:
        ids: the id of each input.
    """

    def __init__(self, ids: list[str]) -> None:
        self.ids = ids

    @cached_property
    def first(self) -> dict[str, int]:
        """The first index of each item."""
        return {item: len(self.ids) - 1 - back for back, item in enumerate(reversed(self.ids))}

    def at(self, index: int) -> str:
        """The item that stands at an index.

        Raises:
            RcmvaeError: E607 if there is none.
        """
        if not 0 <= index < len(self.ids):
            message = f"there is no input {index}: the data set has {len(self.ids)}, from 0"
            raise RcmvaeError([Diagnostic("E607", message, help=["give an index into the data set"])])
        return self.ids[index]

    def known(self, item: str) -> str:
        """The item of an id.

        Raises:
            RcmvaeError: E607 if the data set has none.
        """
        if item not in self.first:
            message = f"the data set has no item `{item}`"
            help_ = ["an item is named by its id, 16 hexadecimal digits, or by `--index N`"]
            raise RcmvaeError([Diagnostic("E607", message, help=help_)])
        return item


def identity(dataset: Dataset) -> Identity:
    """What a store is bound to: the inputs, and the classes in their order, whatever a spec asks of them."""
    from rcmvae_core.fingerprint import of_inputs  # noqa: PLC0415

    return Identity(of_inputs(dataset), dataset.class_names)
