"""The label store of a data set: one SQLite file that every run on these data shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from rcmvae_core.labels import jsonl, read, write
from rcmvae_core.labels.check import find
from rcmvae_core.labels.connection import connect, reading, writing
from rcmvae_core.labels.records import Class, Event, Identity, Provenance, Receipt, Request, Snapshot, Stamp

_T = TypeVar("_T")
MEMORY = Path(":memory:")
"""A store that is gone when it is closed."""


class LabelStore:
    """An open store. What a write returns from is on the disk; several processes may write at once.

    A write takes a batch id, if wanted: the same batch given again, by whomever, is acknowledged and changes
    nothing, so that a writer that does not know whether its write arrived may send it again. A store belongs to the
    thread that opened it.

    Args:
        path: its file; made if it is absent.
        identity: the data set that it belongs to.

    Attributes:
        warnings: what is to be said about where it lies.

    Raises:
        RcmvaeError: E601 if the file is no store or is damaged, E602 if its format is newer, E603 if it belongs to
            other data, E611 if it cannot be opened. Every method raises E611 if the disk or a lock forbids it.
    """

    def __init__(self, path: Path, identity: Identity) -> None:
        self.path, self.identity = path, identity
        self._db, self.warnings = connect(path, identity)

    def assign(
        self, items: Iterable[str], class_id: int, provenance: Provenance, *, batch: str | None = None
    ) -> Receipt:
        """Give items a class, whatever they had before.

        Raises:
            RcmvaeError: E604 or E605 if there is no such class, E610 if the batch id stands for something else.
        """
        return self.assign_each(dict.fromkeys(items, class_id), provenance, batch=batch)

    def assign_each(
        self, labels: Mapping[str, int], provenance: Provenance, *, batch: str | None = None
    ) -> Receipt:
        """Give each item its class, as one event; as `assign`."""
        if not labels:
            raise ValueError("there is no item to label")
        return self._write(Request("assign", labels), provenance, batch)

    def clear(self, items: Iterable[str], provenance: Provenance, *, batch: str | None = None) -> Receipt:
        """Take the labels of items away."""
        labels: dict[str, int | None] = dict.fromkeys(items)
        if not labels:
            raise ValueError("there is no item to clear")
        return self._write(Request("clear", labels), provenance, batch)

    def add_class(self, name: str, provenance: Provenance, *, batch: str | None = None) -> Receipt:
        """Add a class, whose id is the next one; `find` tells which.

        Raises:
            RcmvaeError: E606 if it cannot have that name, E610 as `assign`.
        """
        return self._write(Request("add", name=name), provenance, batch)

    def rename_class(
        self, class_id: int, name: str, provenance: Provenance, *, batch: str | None = None
    ) -> Receipt:
        """Call a class something else; as `add_class`."""
        return self._write(Request("rename", class_id=class_id, name=name), provenance, batch)

    def merge_classes(
        self, class_id: int, into: int, provenance: Provenance, *, batch: str | None = None
    ) -> Receipt:
        """Give every item of a class to another one, and the class up; undone, each item has its own again."""
        return self._write(Request("merge", class_id=class_id, into=into), provenance, batch)

    def retire_class(self, class_id: int, provenance: Provenance, *, batch: str | None = None) -> Receipt:
        """Give a class up, and with it its labels."""
        return self._write(Request("retire", class_id=class_id), provenance, batch)

    def undo(self, provenance: Provenance, count: int = 1, *, batch: str | None = None) -> Receipt:
        """Take back the last writes that were not taken back yet, each as an event of its own.

        Raises:
            RcmvaeError: E609 if there are fewer, and then none is; E610 as `assign`.
        """
        return self._write(Request("undo"), provenance, batch, count)

    def redo(self, provenance: Provenance, count: int = 1, *, batch: str | None = None) -> Receipt:
        """Do again what was taken back last; as `undo`."""
        return self._write(Request("redo"), provenance, batch, count)

    @property
    def revision(self) -> int:
        """The number of the last event; 0 before the first."""
        return self._read(lambda: read.revision(self._db))

    def labels(self) -> dict[str, int]:
        """The class of each labelled item."""
        return self._read(lambda: read.labels(self._db))

    def labels_at(self, revision: int) -> dict[str, int]:
        """The class of each item that was labelled after an event.

        Raises:
            RcmvaeError: E613 if the store has no such revision.
        """
        return self._read(lambda: read.labels_at(self._db, revision))

    def classes(self) -> tuple[Class, ...]:
        """Every class there ever was; each stands at the place of its id."""
        return self._read(lambda: read.classes(self._db))

    def classes_before(self, batch: str | None) -> tuple[Class, ...]:
        """Every class as it stood before a batch was written; as it is, if none was.

        A batch that is sent again means the classes that it meant the first time.
        """
        return self._read(lambda: read.classes_before(self._db, batch))

    def find(self, name: str, *, batch: str | None = None) -> Class:
        """The active class of a name; for a batch, as `classes_before`.

        Raises:
            RcmvaeError: E604 if there is none, E605 if there is none any more.
        """
        return find(self.classes_before(batch), name)

    def snapshot(self, revision: int | None = None) -> Snapshot:
        """Labels and classes of one moment: now, or after an event; as `labels_at`."""

        def take() -> Snapshot:
            if revision is None:
                return Snapshot(read.revision(self._db), read.classes(self._db), read.labels(self._db))
            return Snapshot(revision, read.classes(self._db, revision), read.labels_at(self._db, revision))

        return self._read(take)

    def log(self, limit: int | None = 20) -> list[Event]:
        """The last events, the newest first."""
        return self._read(lambda: read.log(self._db, limit))

    def export_events(self, path: Path) -> int:
        """Write the whole history as JSON Lines, and give its revision."""
        return self._read(lambda: jsonl.export(self._db, self.identity, path))

    def import_events(self, path: Path) -> Receipt:
        """Take over a history that `export_events` wrote, as far as the store does not have it yet.

        Raises:
            RcmvaeError: E603 if it belongs to other data, E608 if the file is broken, E612 if the store has gone
                another way.
        """
        history = jsonl.parse(path, self.identity)
        with writing(self._db, self.path):
            return jsonl.replay(self._db, history, path)

    def _read(self, ask: Callable[[], _T]) -> _T:
        with reading(self._db, self.path):
            return ask()

    def _write(self, request: Request, provenance: Provenance, batch: str | None, count: int = 1) -> Receipt:
        if count < 1:
            raise ValueError(f"count must be at least 1, got {count}")
        digest = None if batch is None else write.digest(request, count)
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        with writing(self._db, self.path):
            if batch is not None and digest is not None:
                known = write.earlier(self._db, batch, digest)
                if known is not None:
                    return known
            # The last of several events has the batch id: once it is there, all of them are.
            for _ in range(count - 1):
                write.apply(self._db, request, Stamp(provenance, time))
            return write.apply(self._db, request, Stamp(provenance, time, batch, digest))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __enter__(self) -> LabelStore:  # noqa: PYI034 - under test `Self` is refused outside decorated classes
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
