"""Opens the file of a label store, checks it, and turns errors of SQLite into diagnostics."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from rcmvae_core.errors import Diagnostic, RcmvaeError, RunError, fail, quoted
from rcmvae_core.labels import queries, schema, store_check
from rcmvae_core.labels.records import Identity
from rcmvae_core.labels.snapshot_copy import WriterWaitError, snapshot
from rcmvae_core.runtime.user_files import is_neither, why_missing

BUSY_SECONDS = 60.0
"""How long a writer waits for another one."""
_BUSY_ERRORS = "locked", "busy"
_INVALID = "malformed", "decode to UTF-8", "unsafe use", "no such"
"""Words of operational errors whose cause is the content of a store, not the system."""
_SHOWN = 10


def connect(
    path: Path, identity: Identity, known: Callable[[], Collection[str]] | None = None
) -> tuple[sqlite3.Connection, tuple[Diagnostic, ...]]:
    """Open a store for reading and writing, or create it if the file does not exist.

    A store of other inputs belongs to the data set too, if these have a labelled item of it: they have become more, or
    fewer, or have another size.

    Args:
        path: its file, or `:memory:`.
        identity: the data set that it must belong to.
        known: returns the ids of all items; it is only called for a store of other inputs.

    Returns:
        The connection, and warnings about the file system and about labels of other items.

    Raises:
        RcmvaeError: E601 if the file is not a store or is corrupt, E602 if its format is newer, E603 if it belongs to
            other data, E611 if it cannot be opened.
    """
    with _translating(path):
        if str(path) != ":memory:":
            _refuse_other_kinds(path)
            path.parent.mkdir(parents=True, exist_ok=True)
        # Without an isolation level the module begins no transactions: it would begin them at the first write, and a
        # writer must hold the lock from its first read.
        db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            db.execute("PRAGMA trusted_schema = OFF")
            # In one transaction: a store that is created between two of the queries would look like another database.
            with reading(db, path):
                is_new = _is_empty(db, path)
                if not is_new:
                    _check(db, path)
            warnings = _journal(db, path)
            if is_new:
                with writing(db, path):
                    if _is_empty(db, path):
                        schema.create(db, identity)
            warnings += _check_identity(db, path, identity, known)
        except BaseException:
            db.close()
            raise
        return db, warnings


def connect_to_read(
    path: Path, identity: Identity, known: Callable[[], Collection[str]] | None, waiting: Callable[[], None]
) -> tuple[sqlite3.Connection, tuple[Diagnostic, ...]]:
    """Open a store as it is now, without locking writers out, and without creating or changing a file.

    Args:
        path: its file.
        identity: the data set that it must belong to.
        known: as in `connect`.
        waiting: called before a long wait for a writer, which only a store without a write-ahead log needs.

    Returns:
        A connection to a copy in memory, and warnings about labels of other items.

    Raises:
        RcmvaeError: as `connect`; E601 for an empty file, E470 if the store would take too much memory.
    """
    with _translating(path):
        _refuse_other_kinds(path)
        try:
            db = snapshot(path, BUSY_SECONDS, waiting)
        except WriterWaitError as error:
            raise _unusable(path, str(error)) from None
        try:
            db.execute("PRAGMA trusted_schema = OFF")
            with reading(db, path):
                _check_filled(db, path)
            warnings = _check_identity(db, path, identity, known)
            db.execute("PRAGMA query_only = ON")
        except BaseException:
            db.close()
            raise
        return db, warnings


def _refuse_other_kinds(path: Path) -> None:
    if is_neither(path):
        raise _invalid_store(path, f"it {why_missing(path)}")


@contextmanager
def writing(db: sqlite3.Connection, path: Path) -> Generator[None]:
    """Run the block in a transaction that locks the store from its beginning; it reaches the disk as a whole or not."""
    with _translating(path):
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.execute("COMMIT")
        except BaseException:
            # A full disk may have ended the transaction already; the first error says more.
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            raise


@contextmanager
def reading(db: sqlite3.Connection, path: Path) -> Generator[None]:
    """Run the block in a transaction, so that all its reads see the same revision."""
    with _translating(path):
        db.execute("BEGIN")
        try:
            yield
        finally:
            with suppress(sqlite3.Error):
                db.execute("COMMIT")


def _journal(db: sqlite3.Connection, path: Path) -> tuple[Diagnostic, ...]:
    """Turn the write-ahead log on where the file system allows it, and let every commit reach the disk.

    Returns:
        A warning if the file system has no write-ahead log; else nothing.
    """
    mode = _journal_mode(db)
    db.execute("PRAGMA synchronous = FULL")
    if mode in ("wal", "memory"):
        return ()
    db.execute("PRAGMA journal_mode = DELETE")
    # With a rollback journal a commit is the removal of a file, so its folder must be synced too.
    db.execute("PRAGMA synchronous = EXTRA")
    message = f"the file system of `{path}` cannot keep a write-ahead log, so labels are written without one"
    help_ = [
        "labels are as safe; readers wait for writers",
        "for more speed: --store PATH on a local disk",
    ]
    return (Diagnostic("W601", message, help=help_),)


def _journal_mode(db: sqlite3.Connection) -> str:
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return str(db.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            # Of several processes that open a new store at once, one changes the mode; for the others SQLite raises at
            # once, without the timeout that it keeps elsewhere.
            if not any(word in str(error) for word in _BUSY_ERRORS):
                return "none"
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _is_empty(db: sqlite3.Connection, path: Path) -> bool:
    """Return whether there is no store yet; another database is refused before anything is written to it."""
    application, version = (
        int(db.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("application_id", "user_version")
    )
    if not (application or version or db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]):
        return True
    if application != schema.APPLICATION:
        raise _invalid_store(path, "it is a database of another kind")
    if version > schema.FORMAT:
        message = f"`{path}` has format {version}; this version of rcmvae supports {schema.FORMAT}"
        fail("E602", message, help=["install a newer rcmvae"])
    return False


def _check_filled(db: sqlite3.Connection, path: Path) -> None:
    if _is_empty(db, path):
        raise _invalid_store(path, "it is empty")
    _check(db, path)


def _check(db: sqlite3.Connection, path: Path) -> None:
    try:
        with store_check.time_limit(db):
            store_check.check(db)
    except store_check.InvalidStoreError as error:
        raise _invalid_store(path, str(error)) from None


def _check_identity(
    db: sqlite3.Connection, path: Path, expected: Identity, known: Callable[[], Collection[str]] | None
) -> tuple[Diagnostic, ...]:
    """Refuse the store of another data set.

    Args:
        db: the store.
        path: its file.
        expected: the data set that it is opened for.
        known: as in `connect`.

    Returns:
        A warning if the store is of other inputs, which lack some of its labelled items; else nothing.
    """
    stored = schema.identity(db)
    difference = ""
    # Data may get classes; data that lost one may be labelled for another purpose.
    same_classes = stored.class_names == expected.class_names
    if not same_classes and (known is None or not set(stored.class_names) <= set(expected.class_names)):
        before, after = (quoted(names) or "none" for names in (stored.class_names, expected.class_names))
        difference = f"the classes were {before}, and are {after}"
    elif stored.fingerprint != expected.fingerprint or not same_classes:
        items = set(queries.labels(db))
        strange = items - set(known()) if known is not None else items
        if len(strange) < len(items) or (known is not None and not items):
            return unmatched(path, sorted(strange), len(items))
        difference = f"the inputs differ ({stored.fingerprint[:12]}, not {expected.fingerprint[:12]})"
        difference += f", and have none of its {len(items)} labelled items" if known is not None else ""
    if difference:
        message = f"`{path}` belongs to another data set: {difference}"
        help_ = [
            "give the store of this data set, or a new one, with --store PATH",
            "to keep the labels, export them as CSV from the run that they belong to, and import that",
            "a store of images that an earlier version of rcmvae wrote: `rcmvae label RUN carry` with that run",
        ]
        fail("E603", message, help=help_)
    return ()


def unmatched(path: Path | str, items: Sequence[str], total: int) -> tuple[Diagnostic, ...]:
    """Return a warning about labelled items that the data do not have; none if there are none.

    Args:
        path: of the store.
        items: their ids.
        total: how many labelled items the store has.
    """
    if not items:
        return ()
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    ids = ", ".join(f"`{item}`" for item in items[:_SHOWN]) + more
    message = f"{len(items)} of {total} labels in `{path}` are of items that the data do not have: {ids}"
    help_ = [
        "they are kept, and count again when the data have the items",
        "if an earlier version of rcmvae identified images by their pixels: `rcmvae label RUN carry`",
    ]
    return (Diagnostic("W602", message, help=help_),)


def _invalid_store(path: Path, reason: str) -> RcmvaeError:
    help_ = ["it was not changed; restore a copy, or import an export into a new store: --store PATH"]
    return RcmvaeError([Diagnostic("E601", f"`{path}` is not a valid label store: {reason}", help=help_)])


@contextmanager
def _translating(path: Path) -> Generator[None]:
    """Turn errors of SQLite into diagnostics."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if any(word in str(error) for word in _INVALID):
            raise _invalid_store(path, str(error)) from None
        raise _unusable(path, str(error)) from None
    except sqlite3.IntegrityError:
        raise
    except UnicodeEncodeError as error:  # bytes of an argument that are not text
        message = f"{error.object!r} cannot be written: it is not Unicode"
        fail("E606", message, help=["write it in UTF-8"])
    except sqlite3.DatabaseError as error:
        raise _invalid_store(path, str(error)) from None
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from None


def _unusable(path: Path, reason: str) -> RunError:
    help_ = [
        "check that the folder can be written, the disk is not full, and no other process locks the store"
    ]
    return RunError([Diagnostic("E611", f"cannot use the label store `{path}`: {reason}", help=help_)])
