"""Applies a write inside a transaction: the event, its changes, and the tables derived from them."""

from __future__ import annotations

import hashlib
import json
import sqlite3

from rcmvae_core.errors import RcmvaeError, fail
from rcmvae_core.labels import queries, validate
from rcmvae_core.labels.records import Receipt, Request, Stamp


def digest(request: Request, count: int = 1) -> str:
    """Return a hash of a write and its repetitions, so that one request id cannot stand for two writes."""
    content = json.dumps([request, count], sort_keys=True, default=dict)
    return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()


def earlier_receipt(db: sqlite3.Connection, request_id: str, digest: str) -> Receipt | None:
    """Return the receipt of a write that is in the store already, or None.

    Args:
        db: the store.
        request_id: the id of the write.
        digest: its hash, as `digest` returns it.

    Raises:
        RcmvaeError: E610 if the id belongs to another write.
    """
    row = db.execute("SELECT revision, items, digest FROM events WHERE batch = ?", (request_id,)).fetchone()
    if row is None:
        return None
    revision, items, stored_digest = row
    if stored_digest != digest:
        message = f"request id `{request_id}` belongs to revision {revision}, which is another write"
        fail("E610", message, help=["give every write a request id of its own"])
    return Receipt(revision, items, repeated=True)


def apply(db: sqlite3.Connection, request: Request, stamp: Stamp) -> Receipt:
    """Write one event.

    Args:
        db: the store.
        request: the write.
        stamp: who writes, and when.

    Returns:
        The receipt of the event.

    Raises:
        RcmvaeError: E604 to E606 if the write is not valid, E609 if there is nothing to undo or redo.
    """
    errors = validate.errors(db, request)
    if errors:
        raise RcmvaeError(errors)
    request, revision = complete(db, request), queries.revision(db) + 1
    _change(db, revision, request)
    items = db.execute("SELECT COUNT(*) FROM item_changes WHERE revision = ?", (revision,)).fetchone()[0]
    origin, time = stamp.provenance, stamp.time
    row = (
        revision, request.kind, time, origin.annotator, origin.how, origin.score, stamp.request_id, stamp.digest,
        request.class_id, request.name, request.into, request.target, items,
    )  # fmt: skip
    db.execute(f"INSERT INTO events VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608 - placeholders only
    if items:
        _update_labels(db, revision)
    _update_stack(db, revision, request)
    return Receipt(revision, items)


def complete(db: sqlite3.Connection, request: Request) -> Request:
    """Add what follows from the state of the store: the id of an added class, the event that is undone or redone.

    Returns:
        The completed request.
    """
    match request.kind:
        case "add":
            return request._replace(class_id=len(queries.classes(db)))
        case "assign":
            classes = set(request.labels.values())
            return request._replace(class_id=classes.pop() if len(classes) == 1 else None)
        case "undo" | "redo":
            return request._replace(target=_target(db, request.kind))
        case _:
            return request


def _target(db: sqlite3.Connection, kind: str) -> int:
    end, undone = ("MAX", 0) if kind == "undo" else ("MIN", 1)
    target = db.execute(f"SELECT {end}(revision) FROM stack WHERE undone = ?", (undone,)).fetchone()[0]  # noqa: S608
    if target is None:
        help_ = ["see `rcmvae label RUN log`"]
        if kind == "redo":
            help_.append("a new write after an undo replaces what was undone")
        fail("E609", f"nothing to {kind}", help=help_)
    return target


def _change(db: sqlite3.Connection, revision: int, request: Request) -> None:
    """Write the changes of items and classes.

    Args:
        db: the store, whose `labels` are still those before the event.
        revision: the new event.
        request: the write, as `complete` returns it.
    """
    kind, class_id, into, target = request.kind, request.class_id, request.into, request.target
    match kind:
        case "assign" | "clear":
            db.executemany(
                "INSERT INTO item_changes VALUES (?1, ?2, (SELECT class FROM labels WHERE item = ?2), ?3)",
                ((revision, item, label) for item, label in request.labels.items()),
            )
        case "add" | "rename":
            db.execute(
                "INSERT INTO class_changes VALUES (?, ?, ?, 'active', NULL)",
                (class_id, revision, request.name),
            )
        case "merge" | "retire":
            name = next(one.name for one in queries.classes(db) if one.id == class_id)
            state = "merged" if kind == "merge" else "retired"
            db.execute(
                "INSERT INTO class_changes VALUES (?, ?, ?, ?, ?)", (class_id, revision, name, state, into)
            )
            db.execute(
                "INSERT INTO item_changes SELECT ?, item, class, ? FROM labels WHERE class = ?",
                (revision, into, class_id),
            )
        case "undo":
            db.execute(
                "INSERT INTO item_changes SELECT ?, item, after, before FROM item_changes WHERE revision = ?",
                (revision, target),
            )
            _undo_classes(db, revision, target)
        case "redo":
            db.execute(
                "INSERT INTO item_changes SELECT ?, item, before, after FROM item_changes WHERE revision = ?",
                (revision, target),
            )
            db.execute(
                "INSERT INTO class_changes SELECT class, ?, name, state, into_class FROM class_changes WHERE revision = ?",
                (revision, target),
            )


def _undo_classes(db: sqlite3.Connection, revision: int, target: int | None) -> None:
    """Restore each class as it was before an event; a class that the event added is retired, to keep its id taken.

    Args:
        db: the store.
        revision: the event of the undo.
        target: the event that is undone.
    """
    changed = db.execute("SELECT class, name FROM class_changes WHERE revision = ?", (target,)).fetchall()
    for class_id, name in changed:
        before = db.execute(
            "SELECT name, state, into_class FROM class_changes WHERE class = ? AND revision < ? "
            "ORDER BY revision DESC LIMIT 1",
            (class_id, target),
        ).fetchone()
        row = (class_id, revision, *(before or (name, "retired", None)))
        db.execute("INSERT INTO class_changes VALUES (?, ?, ?, ?, ?)", row)


def _update_labels(db: sqlite3.Connection, revision: int) -> None:
    """Apply the item changes of an event to the current labels."""
    db.execute(
        "DELETE FROM labels WHERE item IN "
        "(SELECT item FROM item_changes WHERE revision = ? AND after IS NULL)",
        (revision,),
    )
    db.execute(
        "INSERT INTO labels SELECT item, after FROM item_changes WHERE revision = ? AND after IS NOT NULL "
        "ON CONFLICT (item) DO UPDATE SET class = excluded.class",
        (revision,),
    )


def _update_stack(db: sqlite3.Connection, revision: int, request: Request) -> None:
    """Update which events can be undone and redone; a new write removes those that were undone.

    Args:
        db: the store.
        revision: the new event.
        request: its write.
    """
    if request.target is not None:
        undone = int(request.kind == "undo")
        db.execute("UPDATE stack SET undone = ? WHERE revision = ?", (undone, request.target))
        return
    db.execute("DELETE FROM stack WHERE undone = 1")
    db.execute("INSERT INTO stack VALUES (?, 0)", (revision,))
