"""What a store says: plain questions to its tables, inside a transaction of the caller's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.labels.records import Class, Event, Provenance, Request

_COLUMNS = (
    "revision, kind, time, who, how, score, batch, class, name, into_class, target, items"  # not the digest
)


def revision(db: sqlite3.Connection) -> int:
    """The number of the last event; 0 before the first."""
    return db.execute("SELECT COALESCE(MAX(revision), 0) FROM events").fetchone()[0]


def classes(db: sqlite3.Connection, at: int | None = None) -> tuple[Class, ...]:
    """Every class as it is, or was."""
    # Of a group with one MAX, SQLite takes the other columns from the row that has it.
    rows = db.execute(
        "SELECT class, name, state, into_class, MAX(revision) FROM class_changes "
        "WHERE ?1 IS NULL OR revision <= ?1 GROUP BY class ORDER BY class",
        (at,),
    )
    return tuple(Class(*row[:4]) for row in rows)


def classes_before(db: sqlite3.Connection, batch: str | None) -> tuple[Class, ...]:
    """Every class as it was before a batch; as it is, if the store has no such batch."""
    row = db.execute("SELECT revision - 1 FROM events WHERE batch = ?", (batch,)).fetchone()
    return classes(db, row[0] if row else None)


def labels(db: sqlite3.Connection) -> dict[str, int]:
    """The class of each labelled item."""
    return dict(db.execute("SELECT item, class FROM labels"))


def labels_at(db: sqlite3.Connection, at: int) -> dict[str, int]:
    """The class of each item that was labelled then.

    Raises:
        RcmvaeError: E613 if the store has not come so far.
    """
    last = revision(db)
    if not 0 <= at <= last:
        message = f"the label store has revisions 0 to {last}, so there is no revision {at}"
        help_ = ["it is not the store that this number was taken from, or an older copy of it"]
        raise RcmvaeError([Diagnostic("E613", message, help=help_)])
    rows = db.execute(
        "SELECT item, after, MAX(revision) FROM item_changes WHERE revision <= ? GROUP BY item", (at,)
    )
    return {item: after for item, after, _ in rows if after is not None}


def log(db: sqlite3.Connection, limit: int | None = None) -> list[Event]:
    """The last events, the newest first; all of them without a limit."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM events ORDER BY revision DESC LIMIT ?",  # noqa: S608 - our own columns
        (-1 if limit is None else limit,),
    )
    return [_event(row) for row in rows]


def history(db: sqlite3.Connection) -> Iterator[str]:
    """Every event from the first as a line of JSON, with the items that it was asked to label or clear."""
    # SQLite writes the JSON itself: five times as fast as building each event here.
    rows = db.execute(
        "SELECT json_object('revision', revision, 'kind', kind, 'time', time, 'who', who, 'how', how, "
        "'score', score, 'batch', batch, 'digest', digest, 'class', class, 'name', name, "
        "'into', into_class, 'target', target, 'labels', CASE WHEN kind IN ('assign', 'clear') THEN json(("
        "SELECT json_group_object(item, after) FROM item_changes c WHERE c.revision = e.revision)) END) "
        "FROM events e ORDER BY revision"
    )
    return (line for (line,) in rows)


def _event(row: tuple) -> Event:
    number, kind, time, who, how, score, batch, class_id, name, into, target, items = row
    request = Request(kind, class_id=class_id, name=name, into=into, target=target)
    return Event(number, time, Provenance(who, how, score), batch, request, items)
