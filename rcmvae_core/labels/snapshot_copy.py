"""Reads a label store into memory at one revision: without locking out writers, and without writing beside it.

SQLite reads a store with a write-ahead log only if it can write files beside it, and leaves these. So a store in a folder
that cannot be written to, or on a full disk, could not be read. There are three ways to it, the first that is possible:

1. Without a log beside it the file is complete. It is read as immutable, and again if it changes meanwhile.
2. With a log, some process has the store open, or was killed. SQLite reads both, with read locks and no file of its own.
3. If it cannot, the file and its log are copied to a temporary folder, where SQLite recovers them.

See https://sqlite.org/wal.html#readonly and https://sqlite.org/uri.html#uriimmutable.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from rcmvae_core.runtime.data_limit import check_size

_BESIDE = ("-wal", "-journal")
_ATTEMPTS = 5
_PATIENCE = 1.0
"""Seconds that a reader waits for a writer without a message."""
_MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - a folder of random name in it


class WriterWaitError(Exception):
    """A process has held the store locked for longer than a reader waits."""


def snapshot(path: Path, seconds: float, waiting: Callable[[], None]) -> sqlite3.Connection:
    """Return a copy of a store in memory, at its last revision.

    Args:
        path: the file of the store.
        seconds: how long to wait for a writer that locks readers out, as it does without a write-ahead log.
        waiting: called before a long wait.

    Raises:
        WriterWaitError: if a writer locks it for longer.
        sqlite3.Error: if it cannot be read.
        OSError: if it does not exist, or cannot be copied.
        RcmvaeError: E470 if it takes too much memory.
    """
    sizes = [os.stat(name).st_size for name in _files(path)]  # noqa: PTH116 - raises for what does not exist
    check_size(path, "the label store", sum(sizes))
    for _ in range(_ATTEMPTS):
        if len(_files(path)) > 1:
            break
        before = _state(path)
        copy = _load(_uri(path, "immutable=1"), 0)
        if _state(path) == before:
            return copy
        copy.close()
    try:
        # The index of the log is shared memory in a file; a private one is made of it that needs no room on the disk.
        return _load_waiting(_uri(path, "mode=ro&readonly_shm=1"), seconds, waiting)
    except sqlite3.OperationalError:
        return _load_copied(path)


def _files(path: Path) -> list[str]:
    """Return the file of a store and what SQLite has put beside it."""
    return [str(path), *(name for end in _BESIDE if os.path.exists(name := f"{path}{end}"))]  # noqa: PTH110


def _state(path: Path) -> list[tuple[str, int, int, int, int]]:
    """Return what changes when one of the files is written."""
    stats = ((name, os.stat(name)) for name in _files(path))  # noqa: PTH116
    return [(name, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for name, s in stats]


def _uri(path: Path, mode: str) -> str:
    return f"file://{quote(os.fsencode(os.path.abspath(path)))}?{mode}"  # noqa: PTH100 - links stay as they are


def _load_waiting(uri: str, seconds: float, waiting: Callable[[], None]) -> sqlite3.Connection:
    end = time.monotonic() + seconds
    try:
        return _load(uri, min(seconds, _PATIENCE))
    except sqlite3.OperationalError as error:
        if not _is_busy(error):
            raise
    waiting()
    try:
        return _load(uri, max(0.0, end - time.monotonic()))
    except sqlite3.OperationalError as error:
        if _is_busy(error):
            raise WriterWaitError(str(error)) from None
        raise


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return any(word in str(error) for word in ("locked", "busy"))


def _load_copied(path: Path) -> sqlite3.Connection:
    """Return a copy of a store that is read from a copy of its files, which SQLite may recover.

    Raises:
        OSError: if there is no room for the copy.
    """
    errors: list[OSError] = []
    for folder in (None, _MEMORY_FOLDER):
        try:
            with tempfile.TemporaryDirectory(prefix="rcmvae-", dir=folder) as temporary:
                target = Path(temporary) / "store"
                for name in _steady(path):
                    shutil.copyfile(name, f"{target}{name.removeprefix(str(path))}")
                return _load(str(target), 0)
        except OSError as error:  # this disk may be full too
            errors.append(error)
    raise errors[0]


def _steady(path: Path) -> Iterator[str]:
    """Yield the files of a store; start again, by raising, unless they are the same at the end.

    Raises:
        OSError: if a process writes meanwhile.
    """
    before = _state(path)
    yield from _files(path)
    if _state(path) != before:
        raise OSError(0, "another process writes to it")


def _load(name: str, seconds: float) -> sqlite3.Connection:
    """Copy a database into memory.

    Args:
        name: its path or URI.
        seconds: how long to wait for a lock.
    """
    memory = sqlite3.connect(":memory:", isolation_level=None)
    try:
        with closing(
            sqlite3.connect(name, seconds, isolation_level=None, uri=name.startswith("file:"))
        ) as db:
            db.execute("PRAGMA trusted_schema = OFF")
            # The backup would wait forever for a lock that the transaction does not have yet.
            db.execute("BEGIN")
            db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
            db.backup(memory)
            with suppress(sqlite3.Error):
                db.execute("COMMIT")
    except BaseException:
        memory.close()
        raise
    return memory
