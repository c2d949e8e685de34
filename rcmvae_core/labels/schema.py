"""Creates the tables of a label store.

`events`, `item_changes` and `class_changes` hold everything and are append-only. `labels` and `stack` are derived from
them, in the same transaction, so that the cost of a write depends on the items that it touches, not on the history.
"""

from __future__ import annotations

import json
import sqlite3

from rcmvae_core.labels.records import Identity

APPLICATION = 0x52434D4C
"""The `application_id` of a label store: RCML."""
FORMAT = 1
_APPEND_ONLY = ("meta", "events", "item_changes", "class_changes")
_TABLES = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE events (
        revision INTEGER PRIMARY KEY, kind TEXT NOT NULL, time TEXT NOT NULL,
        who TEXT NOT NULL, how TEXT NOT NULL, score TEXT, batch TEXT UNIQUE, digest TEXT,
        class INTEGER, name TEXT, into_class INTEGER, target INTEGER, items INTEGER NOT NULL)""",
    """CREATE TABLE item_changes (
        revision INTEGER NOT NULL, item TEXT NOT NULL, before INTEGER, after INTEGER,
        PRIMARY KEY (revision, item)) WITHOUT ROWID""",
    """CREATE TABLE class_changes (
        class INTEGER NOT NULL, revision INTEGER NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL,
        into_class INTEGER, PRIMARY KEY (class, revision)) WITHOUT ROWID""",
    "CREATE INDEX class_changes_of_event ON class_changes (revision)",
    "CREATE TABLE labels (item TEXT PRIMARY KEY, class INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX labels_of_class ON labels (class)",
    "CREATE TABLE stack (revision INTEGER PRIMARY KEY, undone INTEGER NOT NULL)",
    "CREATE INDEX stack_ends ON stack (undone, revision)",
)


def create(db: sqlite3.Connection, identity: Identity) -> None:
    """Create the tables of an empty store, inside a transaction."""
    for statement in _TABLES:
        db.execute(statement)
    for table in _APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            db.execute(
                f"CREATE TRIGGER no_{verb.lower()}_of_{table} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            )
    db.execute("INSERT INTO meta VALUES ('data', ?)", (identity.fingerprint,))
    db.execute("INSERT INTO meta VALUES ('class_names', ?)", (json.dumps(identity.class_names),))
    rows = [(number, name) for number, name in enumerate(identity.class_names)]
    db.executemany("INSERT INTO class_changes VALUES (?, 0, ?, 'active', NULL)", rows)
    db.execute(f"PRAGMA application_id = {APPLICATION}")
    db.execute(f"PRAGMA user_version = {FORMAT}")


def identity(db: sqlite3.Connection) -> Identity:
    """Return the data set that a store belongs to."""
    meta = dict(db.execute("SELECT key, value FROM meta"))
    return Identity(meta["data"], tuple(json.loads(meta["class_names"])))
