"""Writes labels to the store and follows it: one thread owns the store, and everybody else asks it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import attrs
import numpy as np

from rcmvae_core.data.label_overlay import identity, open_store
from rcmvae_core.errors import Diagnostic, fail
from rcmvae_core.explore.item_index import UNLABELLED, ItemIndex
from rcmvae_core.explore.label_log import class_rows, history_rows, log_rows
from rcmvae_core.explore.label_state import LabelState
from rcmvae_core.labels.records import Class, Provenance, Receipt
from rcmvae_core.labels.store import MEMORY, LabelStore
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.runtime.user_files import exists

_T = TypeVar("_T")
_KEPT = 16
"""Label states that are kept, so that a page may ask for what it saw a moment ago."""


Changed = Callable[[LabelState], None]


class Labelling:
    """The label store of a data set, by the indices of its inputs. Any thread may call any method.

    A write returns when it is on the disk, and `state` then is at least of its revision. The file is created at the
    first write. Replies are plain values in the form of the page's interface.

    Args:
        path: of the store, which need not exist.
        dataset: that it belongs to, as its part returned it.
        items: the items of its inputs.
        annotator: the one who writes, unless a write says otherwise.
        read_only: refuse writes with E486.
    """

    def __init__(
        self,
        path: Path,
        dataset: Dataset,
        items: ItemIndex,
        *,
        annotator: str,
        read_only: bool = False,
    ) -> None:
        self.path, self.items, self.annotator, self.read_only = path, items, annotator, read_only
        self._dataset, self._changed = dataset, list[Changed]()
        self._thread = ThreadPoolExecutor(1, "label-store")
        self._store: LabelStore | None = None
        self._seen: Any = None
        names = dataset.class_names
        classes = tuple(Class(number, name, "active", None) for number, name in enumerate(names))
        labels = np.full(len(items.codes), UNLABELLED, np.int32)
        self._state = LabelState(0, classes, names, labels)
        self._kept = OrderedDict({0: self._state})
        try:
            self.poll()
        except BaseException:
            self.close()
            raise

    @property
    def state(self) -> LabelState:
        """The labels as of the last write or poll."""
        return self._state

    @property
    def revision(self) -> int:
        """The revision of `state`."""
        return self._state.revision

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """The warnings of opening the store, such as W602 about labels of items that the data do not have."""
        return () if self._store is None else self._store.warnings

    def state_at(self, revision: int) -> LabelState:
        """Return the current state or one of the last few.

        Raises:
            RcmvaeError: E485 if it is no longer kept, or does not exist.
        """
        state = self._state if revision == self._state.revision else self._kept.get(revision)
        if state is None:
            message = f"the labels of revision {revision} are not at hand: the store is at {self.revision}"
            fail("E485", message, help=["ask for the current revision"])
        return state

    def listen(self, changed: Changed) -> None:
        """Call a function with every new state, in the thread of the store; it must return at once."""
        self._changed.append(changed)

    def poll(self) -> LabelState:
        """Return the current state, with what other processes have written meanwhile; cheap if that is nothing."""
        return self._call(self._refresh)

    def assign(
        self,
        indices: Sequence[int],
        class_id: int,
        *,
        how: str = "click",
        score: str | None = None,
        request_id: str | None = None,
        annotator: str | None = None,
    ) -> dict[str, Any]:
        """Give the items of some inputs a class.

        Args:
            indices: of the inputs; all inputs of their items get the class.
            class_id: the class.
            how: `click`, `lasso` or `suggestion`.
            score: for a suggestion, the acquisition that made it.
            request_id: the id of the write, which may be sent twice.
            annotator: who writes; absent, the one of this object.

        Returns:
            The receipt: `revision`, `items`, `repeated`, `inputs` and `classes`.

        Raises:
            RcmvaeError: as `LabelStore.assign`; E486 if this object only reads, E607 for a wrong index, E604 for
                another `how`, or without any index.
        """
        items, origin = self._items(indices), self._provenance(how, score, annotator)
        return self._write(lambda store: store.assign(items, class_id, origin, request_id=request_id), items)

    def clear(
        self,
        indices: Sequence[int],
        *,
        how: str = "click",
        request_id: str | None = None,
        annotator: str | None = None,
    ) -> dict[str, Any]:
        """Remove the labels of the items of some inputs; arguments, reply and errors are those of `assign`."""
        items, origin = self._items(indices), self._provenance(how, None, annotator)
        return self._write(lambda store: store.clear(items, origin, request_id=request_id), items)

    def undo(self, *, request_id: str | None = None, annotator: str | None = None) -> dict[str, Any]:
        """Undo the last write; E609 if there is none. The receipt's `inputs` are those that it touched."""
        origin = self._provenance("click", None, annotator)
        return self._write(lambda store: store.undo(origin, request_id=request_id))

    def redo(self, *, request_id: str | None = None, annotator: str | None = None) -> dict[str, Any]:
        """Redo the last write that was undone; E609 if there is none."""
        origin = self._provenance("click", None, annotator)
        return self._write(lambda store: store.redo(origin, request_id=request_id))

    def add_class(
        self, name: str, *, request_id: str | None = None, annotator: str | None = None
    ) -> dict[str, Any]:
        """Add a class, which is the last of the receipt's `classes`; E606 if it cannot have the name."""
        origin = self._provenance("click", None, annotator)
        return self._write(lambda store: store.add_class(name, origin, request_id=request_id))

    def rename_class(
        self, class_id: int, name: str, *, request_id: str | None = None, annotator: str | None = None
    ) -> dict[str, Any]:
        """Give a class another name, with the errors of `LabelStore.rename_class`."""
        origin = self._provenance("click", None, annotator)
        return self._write(lambda store: store.rename_class(class_id, name, origin, request_id=request_id))

    def merge_classes(
        self, class_id: int, into: int, *, request_id: str | None = None, annotator: str | None = None
    ) -> dict[str, Any]:
        """Move the items of a class to another one, with the errors of `LabelStore.merge_classes`."""
        origin = self._provenance("click", None, annotator)
        return self._write(lambda store: store.merge_classes(class_id, into, origin, request_id=request_id))

    def retire_class(
        self, class_id: int, *, request_id: str | None = None, annotator: str | None = None
    ) -> dict[str, Any]:
        """Retire a class and remove its labels, with the errors of `LabelStore.retire_class`."""
        origin = self._provenance("click", None, annotator)
        return self._write(lambda store: store.retire_class(class_id, origin, request_id=request_id))

    def changes(self, since: int) -> dict[str, Any]:
        """Return what changed after a revision: `revision`, `indices`, their `classes_of` (-1: cleared), `classes`."""

        def read() -> dict[str, Any]:
            state = self._refresh()
            store = self._store
            touched = [] if store is None else [*store.changes_since(since).labels]
            indices = self.items.inputs_of(touched)
            return {
                "revision": state.revision,
                "indices": indices.tolist(),
                "classes_of": state.labels[indices].tolist(),
                "classes": class_rows(state),
            }

        return self._call(read)

    def classes(self) -> list[dict[str, Any]]:
        """Return every class with the number of inputs that the store gives it."""
        return class_rows(self._state)

    def log(self, limit: int = 50) -> dict[str, Any]:
        """Return the last `events`, the newest first, with `can_undo` and `can_redo`."""

        def read() -> dict[str, Any]:
            self._refresh()
            store = self._store
            can_undo, can_redo = (False, False) if store is None else store.undoable()
            events = [] if store is None else log_rows(store.log(limit))
            return {"events": events, "can_undo": can_undo, "can_redo": can_redo}

        return self._call(read)

    def history(self, index: int) -> list[dict[str, Any]]:
        """Return every event that touched the item of an input, from the first."""
        item = self.items.items.at(index)
        return self._call(lambda: [] if self._store is None else history_rows(self._store.history(item)))

    def close(self) -> None:
        """Close the store, when earlier requests are done; then no method may be called."""
        self._thread.submit(self._close)
        self._thread.shutdown(wait=True)

    def _call(self, function: Callable[[], _T]) -> _T:
        return self._thread.submit(function).result()

    def _items(self, indices: Sequence[int]) -> list[str]:
        if not len(indices):
            fail("E607", "no input is given", help=["give at least one index into the data set"])
        return self.items.ids_of(indices)

    def _provenance(self, how: Any, score: str | None, annotator: str | None) -> Provenance:
        """Return who writes; a suggestion that does not say its score counts as a click."""
        who = annotator or self.annotator
        if how not in ("click", "lasso", "suggestion"):
            message = f"`how` is {how!r}"
            fail("E484", message, help=["one of `click`, `lasso` and `suggestion`"])
        if how == "suggestion" and score is None:
            fail("E484", "a suggestion has no `score`", help=["name the acquisition that suggested it"])
        return Provenance(who, how, score if how == "suggestion" else None)

    def _write(self, write: Callable[[LabelStore], Receipt], items: Sequence[str] = ()) -> dict[str, Any]:
        if self.read_only:
            fail("E486", "labels are only read here", help=["start the page without `--read-only`"])

        def apply() -> dict[str, Any]:
            before = self._refresh().labels
            if self._store is None:  # a write that is refused creates no file
                with LabelStore(MEMORY, identity(self._dataset)) as trial:
                    write(trial)
            store = self._open()
            receipt = write(store)
            state = self._refresh()
            inputs = len(self.items.inputs_of(items)) if items else int((before != state.labels).sum())
            return {**receipt._asdict(), "inputs": inputs, "classes": class_rows(state)}

        return self._call(apply)

    def _open(self) -> LabelStore:
        """Open the store in its thread, and create it unless it is only read."""
        if self._store is None:
            self._store = open_store(self.path, self._dataset, read_only=self.read_only)
        return self._store

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def _refresh(self) -> LabelState:
        """Read what is new in the store, in its thread."""
        if self.read_only:
            self._read_again()
        elif self._store is None and exists(self.path):
            self._open()
        store, state = self._store, self._state
        if store is None or (store.revision == state.revision and state.revision):
            return state
        changes = store.changes_since(state.revision)
        if changes.revision < state.revision:  # another store has taken its place
            changes, state = (
                store.changes_since(0),
                attrs.evolve(state, labels=np.full_like(state.labels, -1)),
            )
        labels = self.items.with_changes(state.labels, changes.labels)
        new = LabelState(changes.revision, changes.classes, store.identity.class_names, labels)
        if new.revision != self._state.revision or new.classes != self._state.classes:
            self._keep(new)
        return self._state

    def _keep(self, state: LabelState) -> None:
        self._state = self._kept[state.revision] = state
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        for changed in self._changed:
            changed(state)

    def _read_again(self) -> None:
        """Take a new copy of a store that is only read, if its files have changed."""
        files = [self.path, self.path.with_name(self.path.name + "-wal")]
        seen = [(stat.st_mtime_ns, stat.st_size) for file in files if exists(file) and (stat := file.stat())]
        if seen and seen != self._seen:
            self._close()
            self._open()
            self._seen = seen
