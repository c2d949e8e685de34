"""Apply a request inside a transaction: the event, what it changes, and what follows from that."""

from __future__ import annotations

import hashlib
import json
import sqlite3

from rcmvae_core.errors import Diagnostic, RcmvaeError
from rcmvae_core.labels import check, read
from rcmvae_core.labels.records import Receipt, Request, Stamp


def digest(request: Request, count: int = 1) -> str:
    """A hash of what is asked, so that a batch id stands for one write only."""
    asked = json.dumps([request, count], sort_keys=True, default=dict)
    return hashlib.blake2b(asked.encode(), digest_size=8).hexdigest()


def earlier(db: sqlite3.Connection, batch: str, asked: str) -> Receipt | None:
    """The receipt of a batch that was written before.

    Raises:
        RcmvaeError: E610 if its id stood for something else.
    """
    row = db.execute("SELECT revision, items, digest FROM events WHERE batch = ?", (batch,)).fetchone()
    if row is None:
        return None
    revision, items, known = row
    if known != asked:
        message = f"batch `{batch}` is revision {revision}, which wrote something else"
        raise RcmvaeError([Diagnostic("E610", message, help=["give every write a batch id of its own"])])
    return Receipt(revision, items, repeated=True)


def apply(db: sqlite3.Connection, request: Request, stamp: Stamp) -> Receipt:
    """Write one event.

    Raises:
        RcmvaeError: E604 to E606 if it makes no sense, E609 if there is nothing to undo or redo.
    """
    faults = check.faults(db, request)
    if faults:
        raise RcmvaeError(faults)
    request, revision = complete(db, request), read.revision(db) + 1
    _change(db, revision, request)
    items = db.execute("SELECT COUNT(*) FROM item_changes WHERE revision = ?", (revision,)).fetchone()[0]
    who, time = stamp.provenance, stamp.time
    row = (
        revision, request.kind, time, who.who, who.how, who.score, stamp.batch, stamp.digest,
        request.class_id, request.name, request.into, request.target, items,
    )  # fmt: skip
    db.execute(f"INSERT INTO events VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608 - only marks
    if items:
        _settle(db, revision)
    _stack(db, revision, request)
    return Receipt(revision, items)


def complete(db: sqlite3.Connection, request: Request) -> Request:
    """Add what follows from the state of the store: the class that is made, the event that is undone or redone."""
    match request.kind:
        case "add":
            return request._replace(class_id=len(read.classes(db)))
        case "assign":
            classes = set(request.labels.values())
            return request._replace(class_id=classes.pop() if len(classes) == 1 else None)
        case "undo" | "redo":
            return request._replace(target=_target(db, request.kind))
        case _:
            return request


def _target(db: sqlite3.Connection, kind: str) -> int:
    end, undone = ("MAX", 0) if kind == "undo" else ("MIN", 1)
    found = db.execute(f"SELECT {end}(revision) FROM stack WHERE undone = ?", (undone,)).fetchone()[0]  # noqa: S608
    if found is None:
        help_ = ["see `rcmvae label RUN log`"]
        if kind == "redo":
            help_.append("a new label after an undo takes the place of what was undone")
        raise RcmvaeError([Diagnostic("E609", f"there is nothing to {kind}", help=help_)])
    return found


def _change(db: sqlite3.Connection, revision: int, request: Request) -> None:
    kind, class_id, into, target = request.kind, request.class_id, request.into, request.target
    match kind:
        case "assign" | "clear":
            db.executemany(
                "INSERT INTO item_changes VALUES (?1, ?2, (SELECT class FROM labels WHERE item = ?2), ?3)",
                ((revision, item, label) for item, label in request.labels.items()),
            )
        case "add":
            db.execute(
                "INSERT INTO class_changes VALUES (?, ?, ?, 'active', NULL)",
                (class_id, revision, request.name),
            )
        case "rename":
            db.execute(
                "INSERT INTO class_changes VALUES (?, ?, ?, 'active', NULL)",
                (class_id, revision, request.name),
            )
        case "merge" | "retire":
            name = next(one.name for one in read.classes(db) if one.id == class_id)
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
    """Each class as it was before the event; one that the event made is retired, for its number stays taken."""
    changed = db.execute("SELECT class, name FROM class_changes WHERE revision = ?", (target,)).fetchall()
    for class_id, name in changed:
        before = db.execute(
            "SELECT name, state, into_class FROM class_changes WHERE class = ? AND revision < ? "
            "ORDER BY revision DESC LIMIT 1",
            (class_id, target),
        ).fetchone()
        row = (class_id, revision, *(before or (name, "retired", None)))
        db.execute("INSERT INTO class_changes VALUES (?, ?, ?, ?, ?)", row)


def _settle(db: sqlite3.Connection, revision: int) -> None:
    """Bring the current labels up to an event."""
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


def _stack(db: sqlite3.Connection, revision: int, request: Request) -> None:
    """What can be undone, and redone; a new write takes the place of what was undone."""
    if request.target is not None:
        undone = int(request.kind == "undo")
        db.execute("UPDATE stack SET undone = ? WHERE revision = ?", (undone, request.target))
        return
    db.execute("DELETE FROM stack WHERE undone = 1")
    db.execute("INSERT INTO stack VALUES (?, 0)", (revision,))
