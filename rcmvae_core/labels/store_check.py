"""Checks that a label store has the tables, the triggers and the kinds of values that this program writes.

A store can come from somebody else: a view or a trigger in the place of a table would be run by every query, and values
of other types, or that refer to no class, would end in the middle of a command.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import get_args

from rcmvae_core.labels import schema
from rcmvae_core.labels.records import How, Identity, Kind

SECONDS = 120.0
"""How long the checks may take; a store of a million labels takes about a second."""
_STEPS = 100_000
"""Steps of SQLite's machine between two looks at the clock."""
_TEXT = 10_000
"""Characters of a name, an item or a time at most."""
_IDS = 100_000
"""Characters of a request id or a digest at most."""
_MOST_CLASSES = 1_000_000
_LOOKALIKE = re.compile(r"[\s\"`\[\]]+")
_STATES = ("active", "merged", "retired")


class InvalidStoreError(Exception):
    """A store breaks a rule; the message says which."""


@contextmanager
def time_limit(db: sqlite3.Connection) -> Generator[None]:
    """Interrupt queries of the block after a time that no valid store takes.

    Raises:
        InvalidStoreError: if they were interrupted.
    """
    end = time.monotonic() + SECONDS
    db.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        raise InvalidStoreError(f"its checks took more than {SECONDS:g} s") from None
    finally:
        db.set_progress_handler(None, 0)


def check(db: sqlite3.Connection) -> None:
    """Check a store, inside a transaction.

    Raises:
        InvalidStoreError: if it breaks a rule.
    """
    _check_schema(db)  # before anything else is read: a view can take any time
    result = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if result != "ok":
        raise InvalidStoreError(f"it is corrupt: {result}")
    identity = _identity(db)
    count = _check_classes(db, identity)
    last = _check_revisions(db)
    numbers = {"classes": count, "last": last}
    for table, rules in _rules():
        if _breaks(db, table, " AND ".join(rules), numbers):  # one pass over each table
            rule = next(rule for rule in rules if _breaks(db, table, rule, numbers))
            raise InvalidStoreError(f"table `{table}` has a row that this program does not write: not {rule}")


def _breaks(db: sqlite3.Connection, table: str, rule: str, numbers: Mapping[str, int]) -> bool:
    """Return whether a row of a table breaks a rule.

    Args:
        db: the store.
        table: the table.
        rule: a condition of SQL.
        numbers: the numbers that it refers to.
    """
    query = f"SELECT 1 FROM {table} WHERE NOT COALESCE({rule}, 0) LIMIT 1"  # noqa: S608 - constants
    return db.execute(query, numbers).fetchone() is not None


def _check_schema(db: sqlite3.Connection) -> None:
    expected = _expected()
    tables = {table for _, _, table in expected}
    present = dict(_objects(db))
    for key, sql in expected.items():
        if present.get(key) != sql:
            kind, name, _ = key
            state = "is another" if key in present else "is missing"
            raise InvalidStoreError(f"its {kind} `{name}` {state}")
    for kind, name, table in present.keys() - expected.keys():
        if table in tables:
            raise InvalidStoreError(f"it has a {kind} `{name}`, which this program does not write")


def _objects(db: sqlite3.Connection) -> Iterator[tuple[tuple[str, str, str], str]]:
    """Yield type, name and table of what a database consists of, with its SQL."""
    for kind, name, table, sql in db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"):
        # Indices that SQLite makes for a key have no SQL, and cannot be made by anybody else.
        if sql is not None:
            yield (str(kind), str(name), str(table)), _LOOKALIKE.sub("", str(sql)).lower()


@cache
def _expected() -> dict[tuple[str, str, str], str]:
    db = sqlite3.connect(":memory:")
    try:
        schema.create(db, Identity("", ()))
        return dict(_objects(db))
    finally:
        db.close()


def _identity(db: sqlite3.Connection) -> Identity:
    """Return the data set of a store.

    Raises:
        InvalidStoreError: if it has none.
    """
    rows = db.execute("SELECT key, value FROM meta WHERE key IN ('data', 'class_names')").fetchall()
    values = {key: value for key, value in rows if isinstance(value, str)}
    missing = [name for name in ("data", "class_names") if name not in values]
    if missing:
        raise InvalidStoreError(f"table `meta` has no text `{missing[0]}`")
    try:
        names = json.loads(values["class_names"])
    except (ValueError, RecursionError):
        names = None
    if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        raise InvalidStoreError("`class_names` in table `meta` is not a list of names")
    return Identity(values["data"], tuple(names))


def _check_classes(db: sqlite3.Connection, identity: Identity) -> int:
    """Check that classes have the numbers from 0, in the order of their creation, and first those of the data set.

    Returns:
        The number of classes.
    """
    rule = (
        f"typeof(class) = 'integer' AND typeof(revision) = 'integer' AND {_is_text('name', _TEXT)} "
        f"AND state IN {_STATES!r} AND (state = 'merged') = (into_class IS NOT NULL)"
    )
    broken = db.execute(f"SELECT 1 FROM class_changes WHERE NOT COALESCE({rule}, 0)").fetchone()  # noqa: S608
    count, low, high = db.execute(
        "SELECT COUNT(DISTINCT class), COALESCE(MIN(class), 0), COALESCE(MAX(class), -1) FROM class_changes"
    ).fetchone()
    if broken or (low, high) != (0, count - 1) or count > _MOST_CLASSES:
        raise InvalidStoreError("table `class_changes` has a class that this program does not write")
    first = db.execute(
        "SELECT MIN(revision), name FROM class_changes GROUP BY class ORDER BY class"
    ).fetchall()
    created = [revision for revision, _ in first]
    names = tuple(name for revision, name in first if revision == 0)
    if created != sorted(created) or (created and created[0] < 0) or names != identity.class_names:
        raise InvalidStoreError(
            "the classes in table `class_changes` are not those of table `meta`, and later ones"
        )
    return count


def _check_revisions(db: sqlite3.Connection) -> int:
    """Check that events are numbered from 1.

    Returns:
        The number of the last one.
    """
    count, low, high = db.execute("SELECT COUNT(*), MIN(revision), MAX(revision) FROM events").fetchone()
    if count and (low, high) != (1, count):
        raise InvalidStoreError(f"its {count} events are not numbered from 1")
    return count


@cache
def _rules() -> tuple[tuple[str, list[str]], ...]:
    """Return the conditions that each row of a table fulfils."""
    texts = ("time", "who")
    events = [
        f"kind IN {get_args(Kind)!r}",
        f"how IN {get_args(How)!r}",
        "(how = 'suggestion') = (score IS NOT NULL)",
        "typeof(items) = 'integer'",
        *(_is_text(name, _TEXT) for name in texts),
        *(f"({name} IS NULL OR {_is_text(name, _TEXT)})" for name in ("score", "name")),
        *(f"({name} IS NULL OR {_is_text(name, _IDS)})" for name in ("batch", "digest")),
        *(f"({name} IS NULL OR {_is_class(name)})" for name in ("class", "into_class")),
        f"(target IS NULL OR {_is_revision('target')})",
    ]
    changes = [
        _is_revision("revision"),
        _is_text("item", _TEXT),
        *(f"({name} IS NULL OR {_is_class(name)})" for name in ("before", "after")),
    ]
    return (
        ("events", events),
        (
            "class_changes",
            [
                "revision <= :last",
                f"(into_class IS NULL OR {_is_class('into_class')} AND into_class <> class)",
            ],
        ),
        ("item_changes", changes),
        ("labels", [_is_text("item", _TEXT), _is_class("class")]),
        ("stack", [_is_revision("revision"), "undone IN (0, 1)"]),
    )


def _is_text(name: str, longest: int) -> str:
    return f"(typeof({name}) = 'text' AND length({name}) <= {longest})"


def _is_class(name: str) -> str:
    return f"(typeof({name}) = 'integer' AND {name} >= 0 AND {name} < :classes)"


def _is_revision(name: str) -> str:
    return f"(typeof({name}) = 'integer' AND {name} >= 1 AND {name} <= :last)"
