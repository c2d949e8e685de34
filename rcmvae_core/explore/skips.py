"""Remembers inputs that are not asked again: skipped in this session, or of which people cannot tell the class."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from jaxtyping import Int

from rcmvae_core.errors import fail
from rcmvae_core.explore.item_index import ItemIndex
from rcmvae_core.runtime.atomic_files import replace_file
from rcmvae_core.runtime.records import (
    Count,
    RecordError,
    fail_record,
    read_values,
    require_format,
    structure,
)

_FORMAT = Count(1)
REASONS = ("skip", "cannot_tell")


@attrs.frozen
class _Record:
    """The content of the file: items of which nobody can tell the class."""

    cannot_tell: tuple[str, ...] = ()
    format: Count = _FORMAT


class Skips:
    """The items that are skipped. `skip` lasts until the page ends, `cannot_tell` is in a file beside the store.

    Args:
        items: of the data set.
        store: the path of the label store.
        read_only: refuse to write the file with E486.

    Raises:
        RcmvaeError: E440 if the file cannot be read.
    """

    def __init__(self, items: ItemIndex, store: Path, *, read_only: bool) -> None:
        self._items, self._read_only = items, read_only
        self.path = store.with_name(f"{store.name}.cannot-tell.json")
        self._lock = threading.Lock()
        self._skipped = dict[str, None]()
        self._cannot_tell = dict.fromkeys(_read(self.path))

    def add(self, indices: Sequence[int], reason: str) -> dict[str, list[int]]:
        """Skip the items of inputs.

        Args:
            indices: of the inputs.
            reason: `skip` or `cannot_tell`.

        Returns:
            As `rows`.

        Raises:
            RcmvaeError: E484 for another reason, E607 for a wrong index, E486 if the file is only read.
        """
        if reason not in REASONS:
            fail("E484", f"`reason` is {reason!r}", help=["give `skip` or `cannot_tell`"])
        items = dict.fromkeys(self._items.ids_of(indices))
        with self._lock:
            if reason == "skip":
                self._skipped |= items
            else:
                self._write(dict.fromkeys(_read(self.path)) | items)  # with those of other pages
        return self.rows()

    def clear(self, indices: Sequence[int]) -> dict[str, list[int]]:
        """Ask the items of inputs again; reply and errors are those of `add`."""
        items = set(self._items.ids_of(indices))
        with self._lock:
            self._skipped = {item: None for item in self._skipped if item not in items}
            written = _read(self.path)
            rest = {item: None for item in written if item not in items}
            if len(rest) < len(written):
                self._write(rest)
        return self.rows()

    def rows(self) -> dict[str, list[int]]:
        """Return the indices of the inputs by reason; all inputs of an item."""
        groups = zip(REASONS, (self._skipped, self._cannot_tell), strict=True)
        return {reason: self._items.inputs_of(list(items)).tolist() for reason, items in groups}

    def codes(self) -> Int[np.ndarray, " n"]:
        """Return the numbers of the items, as of `ItemIndex.codes`."""
        return np.unique(self._items.codes[self._items.inputs_of([*self._skipped, *self._cannot_tell])])

    def _write(self, items: dict[str, None]) -> None:
        if self._read_only:
            fail("E486", "what people cannot tell is only read here", help=["start without `--read-only`"])
        text = json.dumps(attrs.asdict(_Record(tuple(items))), indent=1) + "\n"
        replace_file(self.path, text, parents=True)
        self._cannot_tell = items


def _read(path: Path) -> tuple[str, ...]:
    if not path.exists():
        return ()
    try:
        values: Any = read_values(path)
        record = structure(values, _Record)
        require_format(record.format, _FORMAT)
    except RecordError as error:
        fail_record(path, error, help_="restore or remove the file; labels are not in it")
    return record.cannot_tell
