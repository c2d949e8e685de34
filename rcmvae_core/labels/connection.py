"""Open a label store's file, check that it is one, and say in words what SQLite says in codes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from rcmvae_core.errors import Diagnostic, RcmvaeError, RunError
from rcmvae_core.labels import schema
from rcmvae_core.labels.records import Identity

BUSY_SECONDS = 60.0
"""How long a writer waits for the one before it."""
_WAITING = "locked", "busy"


def connect(path: Path, identity: Identity) -> tuple[sqlite3.Connection, tuple[Diagnostic, ...]]:
    """Open a store, or make it where there is none.

    Args:
        path: its file, or `:memory:`.
        identity: the data set that it must belong to.

    Returns:
        The connection, and what is to be said about it.

    Raises:
        RcmvaeError: E601 if the file is no store or is damaged, E602 if its format is newer, E603 if it belongs to
            other data, E611 if it cannot be opened.
    """
    with _in_words(path):
        if str(path) != ":memory:":
            path.parent.mkdir(parents=True, exist_ok=True)
        # Transactions are begun by hand: the module's own begin late, and a writer must know at once.
        db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            # Within one moment: a store that is made between two questions would look like somebody else's.
            with reading(db, path):
                _is_empty(db, path)
            warnings = _journal(db, path)
            with writing(db, path):
                _check(db, path, identity)
        except BaseException:
            db.close()
            raise
        return db, warnings


@contextmanager
def writing(db: sqlite3.Connection, path: Path) -> Generator[None]:
    """A transaction that holds the store from its beginning: all of it is on the disk afterwards, or nothing."""
    with _in_words(path):
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.execute("COMMIT")
        except BaseException:
            # A full disk may have ended the transaction already; its own error says more.
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            raise


@contextmanager
def reading(db: sqlite3.Connection, path: Path) -> Generator[None]:
    """What is read inside belongs to one moment, whoever writes meanwhile."""
    with _in_words(path):
        db.execute("BEGIN")
        try:
            yield
        finally:
            with suppress(sqlite3.Error):
                db.execute("COMMIT")


def _journal(db: sqlite3.Connection, path: Path) -> tuple[Diagnostic, ...]:
    """Ask for a write-ahead log, and for every commit to reach the disk; do without the log where there is none."""
    mode = _mode(db)
    db.execute("PRAGMA synchronous = FULL")
    if mode in ("wal", "memory"):
        return ()
    db.execute("PRAGMA journal_mode = DELETE")
    # With a rollback journal a commit is the removal of a file, so that its folder must be on the disk too.
    db.execute("PRAGMA synchronous = EXTRA")
    message = f"the file system of `{path}` has no write-ahead log, so labels are written without one"
    help_ = [
        "every label is as safe; readers wait for writers",
        "for more speed: --store PATH on a local disk",
    ]
    return (Diagnostic("W601", message, help=help_),)


def _mode(db: sqlite3.Connection) -> str:
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return str(db.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            # Of several who open a new store at once one changes the mode; SQLite lets the others fail unasked.
            if not any(word in str(error) for word in _WAITING):
                return "none"
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _is_empty(db: sqlite3.Connection, path: Path) -> bool:
    """Whether there is no store yet; what is another's is refused, and nothing of it has been touched."""
    application, version = (
        int(db.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("application_id", "user_version")
    )
    if not (application or version or db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]):
        return True
    if application != schema.APPLICATION:
        raise _no_store(path, "it is a database of another kind")
    if version > schema.FORMAT:
        message = f"`{path}` has format {version}; this version of rcmvae knows {schema.FORMAT}"
        raise RcmvaeError([Diagnostic("E602", message, help=["install a newer rcmvae"])])
    return False


def _check(db: sqlite3.Connection, path: Path, identity: Identity) -> None:
    if _is_empty(db, path):
        schema.create(db, identity)
        return
    sound = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if sound != "ok":
        raise _no_store(path, f"it is damaged: {sound}")
    _same_data(path, schema.identity(db), identity)


def _same_data(path: Path, found: Identity, wanted: Identity) -> None:
    if found.fingerprint != wanted.fingerprint:
        differ = f"the inputs are others ({found.fingerprint[:12]}, not {wanted.fingerprint[:12]})"
    elif found.class_names != wanted.class_names:
        differ = f"the classes were {_listed(found.class_names)}, and are {_listed(wanted.class_names)}"
    else:
        return
    message = f"`{path}` belongs to another data set: {differ}"
    help_ = [
        "give the store of this data set, or a new one, with --store PATH",
        "to take labels along, export them as CSV and import that",
    ]
    raise RcmvaeError([Diagnostic("E603", message, help=help_)])


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _no_store(path: Path, reason: str) -> RcmvaeError:
    help_ = ["it is left as it is; bring back a copy, or import an export into a new store: --store PATH"]
    return RcmvaeError([Diagnostic("E601", f"`{path}` is not a sound label store: {reason}", help=help_)])


@contextmanager
def _in_words(path: Path) -> Generator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _unusable(path, str(error)) from None
    except sqlite3.IntegrityError:
        raise
    except UnicodeEncodeError as error:  # bytes of an argument that are no text
        message = f"{error.object!r} cannot be written: it is not Unicode"
        raise RcmvaeError([Diagnostic("E606", message, help=["write it in UTF-8"])]) from None
    except sqlite3.DatabaseError as error:
        raise _no_store(path, str(error)) from None
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from None


def _unusable(path: Path, reason: str) -> RunError:
    help_ = ["see that the folder can be written, has room, and that no other process holds the store"]
    return RunError([Diagnostic("E611", f"cannot use the label store `{path}`: {reason}", help=help_)])
