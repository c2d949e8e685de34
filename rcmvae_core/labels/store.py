"""Opens the label store of a data set: one SQLite file that all runs on these data share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from rcmvae_core.labels import commands, jsonl, queries, schema
from rcmvae_core.labels.connection import connect, connect_to_read, reading, writing
from rcmvae_core.labels.records import (
    Changes,
    Class,
    Event,
    Identity,
    Provenance,
    Receipt,
    Request,
    Snapshot,
    Stamp,
)
from rcmvae_core.labels.validate import find

_T = TypeVar("_T")
MEMORY = Path(":memory:")
"""The path of a store in memory, which is lost when it is closed."""


class LabelStore:
    """An open store. When a write returns it is on the disk; several processes may write at the same time.

    Every write takes an optional request id: the same write with the same id is acknowledged and changes nothing, so a
    client that does not know whether its write arrived can send it again. A store belongs to the thread that opened it.

    Args:
        path: its file; created if it does not exist.
        identity: the data set that it belongs to.
        known: returns the ids of all items of the data set, by which a store of fewer or more inputs is recognised.
        read_only: read the store as it is now, from a copy in memory: no file is created or changed, so that it may be in
            a folder that cannot be written to, or on a full disk. Writes raise E611.
        waiting: for `read_only`, called before a long wait for a writer that locks readers out.

    Attributes:
        warnings: warnings about the file system, and about labels of items that the data set does not have.

    Raises:
        RcmvaeError: E601 if the file is not a store or is corrupt, E602 if its format is newer, E603 if it belongs to
            other data, E611 if it cannot be opened. Every method raises E611 if the disk or a lock does not permit it.

    Example:
        >>> annotator = Provenance("ann", "click")
        >>> with LabelStore(MEMORY, Identity("0123456789abcdef", ("cat", "dog"))) as store:
        ...     receipt = store.assign(["a", "b"], 1, annotator)
        ...     receipt.revision, store.labels()
        (1, {'a': 1, 'b': 1})
    """

    def __init__(
        self,
        path: Path,
        identity: Identity,
        known: Callable[[], Collection[str]] | None = None,
        *,
        read_only: bool = False,
        waiting: Callable[[], None] = lambda: None,
    ) -> None:
        self.path = path
        if read_only and path != MEMORY:
            self._db, self.warnings = connect_to_read(path, identity, known, waiting)
        else:
            self._db, self.warnings = connect(path, identity, known)
        self.identity = schema.identity(self._db)

    def assign(
        self, items: Iterable[str], class_id: int, provenance: Provenance, *, request_id: str | None = None
    ) -> Receipt:
        """Give items a class, whatever they had before.

        Args:
            items: ids of items.
            class_id: the class.
            provenance: the annotator, and how.
            request_id: the id of the write.

        Returns:
            The acknowledgement.

        Raises:
            RcmvaeError: E604 if the class does not exist, E605 if it is merged or retired, E610 if the request id
                belongs to another write.
        """
        return self.assign_each(dict.fromkeys(items, class_id), provenance, request_id=request_id)

    def assign_each(
        self, labels: Mapping[str, int], provenance: Provenance, *, request_id: str | None = None
    ) -> Receipt:
        """Give each item its class, as one event.

        Args:
            labels: the class id of each item.
            provenance: the annotator, and how.
            request_id: the id of the write.

        Returns:
            The acknowledgement.

        Raises:
            RcmvaeError: as `assign`.
        """
        if not labels:
            raise ValueError("`labels` is empty")
        return self._write(Request("assign", labels), provenance, request_id)

    def clear(
        self, items: Iterable[str], provenance: Provenance, *, request_id: str | None = None
    ) -> Receipt:
        """Remove the labels of items.

        Args:
            items: ids of items.
            provenance: who writes, and how.
            request_id: the id of the write.

        Returns:
            The acknowledgement.

        Raises:
            RcmvaeError: E610 as `assign`.
        """
        labels: dict[str, int | None] = dict.fromkeys(items)
        if not labels:
            raise ValueError("`items` is empty")
        return self._write(Request("clear", labels), provenance, request_id)

    def add_class(self, name: str, provenance: Provenance, *, request_id: str | None = None) -> Receipt:
        """Add a class with the next id, which `find` returns.

        Args:
            name: its name.
            provenance: who writes, and how.
            request_id: the id of the write.

        Returns:
            The acknowledgement.

        Raises:
            RcmvaeError: E606 if it cannot have that name, E610 as `assign`.
        """
        return self._write(Request("add", name=name), provenance, request_id)

    def rename_class(
        self, class_id: int, name: str, provenance: Provenance, *, request_id: str | None = None
    ) -> Receipt:
        """Give a class another name.

        Args:
            class_id: the class.
            name: the new name.
            provenance: who writes, and how.
            request_id: the id of the write.

        Returns:
            The acknowledgement.

        Raises:
            RcmvaeError: E604 and E605 as `assign`, E606 if it cannot have that name, E610 as `assign`.
        """
        return self._write(Request("rename", class_id=class_id, name=name), provenance, request_id)

    def merge_classes(
        self, class_id: int, into: int, provenance: Provenance, *, request_id: str | None = None
    ) -> Receipt:
        """Move every item of a class to another one; an undo gives each item its own class again.

        Args:
            class_id: the class that is merged.
            into: the class that gets its items.
            provenance: who writes, and how.
            request_id: the id of the write.

        Returns:
            The acknowledgement.

        Raises:
            RcmvaeError: E604, E605 and E610 as `assign`, E606 if both classes are the same.
        """
        return self._write(Request("merge", class_id=class_id, into=into), provenance, request_id)

    def retire_class(
        self, class_id: int, provenance: Provenance, *, request_id: str | None = None
    ) -> Receipt:
        """Retire a class, which removes its labels.

        Args:
            class_id: the class.
            provenance: who writes, and how.
            request_id: the id of the write.

        Returns:
            The acknowledgement.

        Raises:
            RcmvaeError: as `assign`.
        """
        return self._write(Request("retire", class_id=class_id), provenance, request_id)

    def undo(self, provenance: Provenance, count: int = 1, *, request_id: str | None = None) -> Receipt:
        """Undo the last writes that are not undone yet, each as an event of its own.

        Args:
            provenance: who writes, and how.
            count: how many writes.
            request_id: the id of all of them.

        Returns:
            The acknowledgement of the last event.

        Raises:
            RcmvaeError: E609 if there are fewer, in which case none is undone; E610 as `assign`.
        """
        return self._write(Request("undo"), provenance, request_id, count)

    def redo(self, provenance: Provenance, count: int = 1, *, request_id: str | None = None) -> Receipt:
        """Redo the last writes that were undone.

        Args:
            provenance: who writes, and how.
            count: how many writes.
            request_id: the id of all of them.

        Returns:
            The acknowledgement of the last event.

        Raises:
            RcmvaeError: as `undo`.
        """
        return self._write(Request("redo"), provenance, request_id, count)

    @property
    def revision(self) -> int:
        """The number of the last event; 0 before the first."""
        return self._read(lambda: queries.revision(self._db))

    def labels(self) -> dict[str, int]:
        """Return the class id of each labelled item."""
        return self._read(lambda: queries.labels(self._db))

    def labels_at(self, revision: int) -> dict[str, int]:
        """Return the class id of each item that was labelled after an event.

        Raises:
            RcmvaeError: E613 if the store has no such revision.
        """
        return self._read(lambda: queries.labels_at(self._db, revision))

    def classes(self) -> tuple[Class, ...]:
        """Return every class by id, including merged and retired ones."""
        return self._read(lambda: queries.classes(self._db))

    def classes_before(self, request_id: str | None) -> tuple[Class, ...]:
        """Return every class as it was before a write; as it is, if the store has no write with that id.

        Names of a write that is sent again refer to the same classes as the first time.
        """
        return self._read(lambda: queries.classes_before(self._db, request_id))

    def find(self, name: str, *, request_id: str | None = None) -> Class:
        """Return the active class of a name; for a write with an id, as `classes_before`.

        Raises:
            RcmvaeError: E604 if no class has that name, E605 if the class is merged or retired.
        """
        return find(self.classes_before(request_id), name)

    def snapshot(self, revision: int | None = None) -> Snapshot:
        """Return labels and classes: the current ones, or those after an event.

        Raises:
            RcmvaeError: E613 if the store has no such revision.
        """

        def take() -> Snapshot:
            if revision is None:
                return Snapshot(
                    queries.revision(self._db), queries.classes(self._db), queries.labels(self._db)
                )
            return Snapshot(
                revision, queries.classes(self._db, revision), queries.labels_at(self._db, revision)
            )

        return self._read(take)

    def changes_since(self, revision: int) -> Changes:
        """Return the labels that events after a revision changed; what they cost depends on these events only.

        Args:
            revision: what the caller has seen; one that the store does not have yet has no changes.

        Returns:
            The current revision and classes, and the labels that changed.
        """
        return self._read(
            lambda: Changes(
                queries.revision(self._db),
                queries.classes(self._db),
                queries.changes_since(self._db, revision),
            )
        )

    def history(self, item: str) -> list[tuple[Event, int | None]]:
        """Return every event that touched an item, from the first, with the class id that it gave the item or None."""
        return self._read(lambda: queries.item_history(self._db, item))

    def undoable(self) -> tuple[bool, bool]:
        """Return whether there is an event to undo, and one to redo."""
        return self._read(lambda: queries.undoable(self._db))

    def log(self, limit: int | None = 20) -> list[Event]:
        """Return the last events, the newest first; all of them without a limit."""
        return self._read(lambda: queries.log(self._db, limit))

    def export_events(self, path: Path) -> int:
        """Write the whole history as JSON Lines, and return its revision.

        Raises:
            RunError: E611 if the file cannot be written.
        """
        return self._read(lambda: jsonl.export(self._db, self.identity, path))

    def import_events(self, path: Path) -> Receipt:
        """Import a history that `export_events` wrote: the events that the store does not have yet.

        Returns:
            The receipt of the last event.

        Raises:
            RcmvaeError: E602 if its format is newer, E603 if it belongs to other data, E608 if the file is not valid,
                E612 if the store has other events.
        """
        history = jsonl.parse(path, self.identity)
        with writing(self._db, self.path):
            return jsonl.replay(self._db, history, path)

    def _read(self, query: Callable[[], _T]) -> _T:
        with reading(self._db, self.path):
            return query()

    def _write(
        self, request: Request, provenance: Provenance, request_id: str | None, count: int = 1
    ) -> Receipt:
        """Write events in one transaction.

        Args:
            request: the write.
            provenance: who writes, and how.
            request_id: the id of the write.
            count: how many times to apply it, each as an event of its own.

        Returns:
            The receipt of the last event.
        """
        if count < 1:
            raise ValueError(f"count must be at least 1, got {count}")
        digest = None if request_id is None else commands.digest(request, count)
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        with writing(self._db, self.path):
            if request_id is not None and digest is not None:
                receipt = commands.earlier_receipt(self._db, request_id, digest)
                if receipt is not None:
                    return receipt
            # Only one event can have the id; the last one does, so that the receipt of a repetition is the same.
            for _ in range(count - 1):
                commands.apply(self._db, request, Stamp(provenance, time))
            return commands.apply(self._db, request, Stamp(provenance, time, request_id, digest))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> LabelStore:  # noqa: PYI034 - under test `Self` is refused outside decorated classes
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
