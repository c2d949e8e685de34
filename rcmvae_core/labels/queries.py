"""Queries the tables of a store, inside a transaction of the caller."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from rcmvae_core.errors import fail
from rcmvae_core.labels.records import Class, Event, Provenance, Request

_COLUMNS = (
    "revision, kind, time, who, how, score, batch, class, name, into_class, target, items"  # not the digest
)


def revision(db: sqlite3.Connection) -> int:
    """Return the number of the last event; 0 before the first."""
    return db.execute("SELECT COALESCE(MAX(revision), 0) FROM events").fetchone()[0]


def classes(db: sqlite3.Connection, revision: int | None = None) -> tuple[Class, ...]:
    """Return every class by id: as it is, or as it was after an event."""
    # In a group with one MAX, SQLite takes the other columns from the row with the maximum.
    rows = db.execute(
        "SELECT class, name, state, into_class, MAX(revision) FROM class_changes "
        "WHERE ?1 IS NULL OR revision <= ?1 GROUP BY class ORDER BY class",
        (revision,),
    )
    return tuple(Class(*row[:4]) for row in rows)


def classes_before(db: sqlite3.Connection, request_id: str | None) -> tuple[Class, ...]:
    """Return every class as it was before a write; as it is, if the store has no write with that id."""
    row = db.execute("SELECT revision - 1 FROM events WHERE batch = ?", (request_id,)).fetchone()
    return classes(db, row[0] if row else None)


def labels(db: sqlite3.Connection) -> dict[str, int]:
    """Return the class id of each labelled item."""
    return dict(db.execute("SELECT item, class FROM labels"))


def labels_at(db: sqlite3.Connection, at: int) -> dict[str, int]:
    """Return the class id of each item that was labelled after an event.

    Raises:
        RcmvaeError: E613 if the store has no such revision.
    """
    last = revision(db)
    if not 0 <= at <= last:
        message = f"the label store has revisions 0 to {last}, not {at}"
        help_ = ["use the store that this revision was taken from; this is another one, or an older copy"]
        fail("E613", message, help=help_)
    rows = db.execute(
        "SELECT item, after, MAX(revision) FROM item_changes WHERE revision <= ? GROUP BY item", (at,)
    )
    return {item: after for item, after, _ in rows if after is not None}


def changes_since(db: sqlite3.Connection, since: int) -> dict[str, int | None]:
    """Return the class id that each item has now, None without a label, if an event after a revision touched it."""
    # In a group with one MAX, SQLite takes the other columns from the row with the maximum.
    rows = db.execute(
        "SELECT item, after, MAX(revision) FROM item_changes WHERE revision > ? GROUP BY item", (since,)
    )
    return {item: after for item, after, _ in rows}


def item_history(db: sqlite3.Connection, item: str) -> list[tuple[Event, int | None]]:
    """Return every event that touched an item, from the first, with the class id that it gave the item."""
    columns = ", ".join(f"events.{name}" for name in _COLUMNS.split(", "))
    rows = db.execute(
        f"SELECT {columns}, after FROM events JOIN item_changes USING (revision) "  # noqa: S608 - constants
        "WHERE item = ? ORDER BY revision",
        (item,),
    )
    return [(_event(row[:-1]), row[-1]) for row in rows]


def undoable(db: sqlite3.Connection) -> tuple[bool, bool]:
    """Return whether there is an event to undo, and one to redo."""
    undone, redone = (
        db.execute("SELECT EXISTS (SELECT 1 FROM stack WHERE undone = ?)", (flag,)).fetchone()[0]
        for flag in (0, 1)
    )
    return bool(undone), bool(redone)


def log(db: sqlite3.Connection, limit: int | None = None) -> list[Event]:
    """Return the last events, the newest first; all of them without a limit."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM events ORDER BY revision DESC LIMIT ?",  # noqa: S608 - a constant
        (-1 if limit is None else limit,),
    )
    return [_event(row) for row in rows]


def history(db: sqlite3.Connection) -> Iterator[str]:
    """Return every event from the first as a line of JSON, with the items that it labelled or cleared."""
    # SQLite writes the JSON: five times as fast as building each event here.
    rows = db.execute(
        "SELECT json_object('revision', revision, 'kind', kind, 'time', time, 'who', who, 'how', how, "
        "'score', score, 'batch', batch, 'digest', digest, 'class', class, 'name', name, "
        "'into', into_class, 'target', target, 'labels', CASE WHEN kind IN ('assign', 'clear') THEN json(("
        "SELECT json_group_object(item, after) FROM item_changes c WHERE c.revision = e.revision)) END) "
        "FROM events e ORDER BY revision"
    )
    return (line for (line,) in rows)


def _event(row: tuple) -> Event:
    number, kind, time, who, how, score, request_id, class_id, name, into, target, items = row
    request = Request(kind, class_id=class_id, name=name, into=into, target=target)
    return Event(number, time, Provenance(who, how, score), request_id, request, items)
