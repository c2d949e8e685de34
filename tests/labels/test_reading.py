"""A store is read wherever it is, without waiting for writers, and reading leaves everything as it was."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.labels import connection, snapshot_copy
from rcmvae_core.labels.store import LabelStore

from .conftest import ANN, DATA

LABELS = {f"{i:016x}": i % 2 for i in range(300)}
KILLED = """
import os, sys
from pathlib import Path
from rcmvae_core.labels.records import Identity, Provenance
from rcmvae_core.labels.store import LabelStore
store = LabelStore(Path(sys.argv[1]), Identity("0123456789abcdef0123456789abcdef", ("cat", "dog")))
store.assign_each({f"{i:016x}": i % 2 for i in range(300)}, Provenance("ann", "click"))
os.kill(os.getpid(), 9)
"""


def closed(path: Path) -> None:
    with LabelStore(path, DATA) as store:
        store.assign_each(LABELS, ANN)


def killed(path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert path.with_name(f"{path.name}-wal").stat().st_size


def killed_and_moved(path: Path) -> None:
    """Somebody copied the store and its log, without the index of the log."""
    killed(path)
    path.with_name(f"{path.name}-shm").unlink()


def hot_journal(path: Path) -> None:
    """A writer without a write-ahead log was killed in the middle of a transaction."""
    closed(path)
    with sqlite3.connect(path, isolation_level=None) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("PRAGMA cache_spill = 1")
        db.execute("PRAGMA cache_size = 1")
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO labels VALUES (?, 0)", [(f"new-{i}",) for i in range(2000)])
        for name in (path.name, f"{path.name}-journal"):
            shutil.copy(path.with_name(name), path.with_name(f"copy-{name}"))
        db.execute("ROLLBACK")
    db.close()
    for name in (path.name, f"{path.name}-journal"):
        path.with_name(f"copy-{name}").replace(path.with_name(name))


STATES = {each.__name__: each for each in (closed, killed, killed_and_moved, hot_journal)}


@contextmanager
def unprivileged() -> Generator[None]:
    """Take the rights of root away, which nothing is refused to."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@contextmanager
def unwritable(folder: Path) -> Generator[None]:
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    try:
        yield
    finally:
        folder.chmod(0o755)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def shared():
    """A folder that other users may enter."""
    folder = Path("/tmp") / f"rcmvae-labels-{os.getpid()}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("prepare", STATES.values(), ids=STATES)
def test_a_store_that_cannot_be_written_to_is_read_and_left_alone(shared, prepare):
    path = shared / "labels ?#%20.sqlite"
    prepare(path)
    before = content(shared)
    with unwritable(shared), unprivileged(), LabelStore(path, DATA, read_only=True) as store:
        assert store.labels() == LABELS
        assert store.warnings == ()
        with pytest.raises(RcmvaeError, match="E611"):
            store.assign(["a"], 0, ANN)
    assert content(shared) == before


@pytest.mark.parametrize("prepare", [closed, killed])
def test_a_store_on_a_full_disk_is_read(path, prepare):
    """No file can grow: what a full disk leaves of writing."""
    prepare(path)
    code = f"""
import resource, sys
from pathlib import Path
from rcmvae_core.labels.records import Identity
from rcmvae_core.labels.store import LabelStore
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
with LabelStore(Path({str(path)!r}), Identity({DATA.fingerprint!r}, {DATA.class_names!r}), read_only=True) as store:
    assert len(store.labels()) == 300 and store.log()[0].items == 300
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_reading_creates_nothing_beside_a_store(path):
    closed(path)
    before = content(path.parent)
    with LabelStore(path, DATA, read_only=True) as store:
        assert store.snapshot().labels == LABELS
    assert content(path.parent) == before


@pytest.mark.parametrize(
    "make", [lambda p: p.touch(), lambda p: sqlite3.connect(p).execute("PRAGMA user_version=0")]
)
def test_an_empty_file_stays_empty(path, make):
    make(path)
    before = content(path.parent)
    with pytest.raises(RcmvaeError, match=r"E601.*it is empty"):
        LabelStore(path, DATA, read_only=True)
    assert content(path.parent) == before


def test_what_does_not_exist_is_not_created(path):
    with pytest.raises(RcmvaeError, match=r"E611.*No such file"):
        LabelStore(path / "labels.sqlite", DATA, read_only=True)
    assert not path.exists()


def test_a_long_writer_is_not_waited_for(path, store):
    store.assign_each(LABELS, ANN)
    store._db.execute("BEGIN IMMEDIATE")
    store._db.execute("DELETE FROM labels")
    start = time.monotonic()
    with LabelStore(path, DATA, read_only=True, waiting=lambda: pytest.fail("it waits")) as reader:
        assert reader.labels() == LABELS
        store._db.execute("ROLLBACK")
        store.assign(["later"], 0, ANN)
        assert reader.revision == 1
    assert time.monotonic() - start < 1


@pytest.fixture
def locked(path, monkeypatch):
    """A store without a write-ahead log, which a writer has locked."""
    closed(path)
    monkeypatch.setattr(snapshot_copy, "_PATIENCE", 0.05)
    monkeypatch.setattr(snapshot_copy, "_load_copied", lambda _: pytest.fail("it is copied"))
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = DELETE")
    db.execute("BEGIN EXCLUSIVE")
    db.execute("INSERT INTO stack VALUES (7, 0)")
    assert path.with_name(f"{path.name}-journal").exists()
    yield db
    db.close()


def test_a_wait_has_a_message_and_an_end(path, locked, monkeypatch):
    messages: list[str] = []
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.2)
    with pytest.raises(RcmvaeError, match=r"E611.*locked"):
        LabelStore(path, DATA, read_only=True, waiting=lambda: messages.append("waiting"))
    assert messages == ["waiting"]


def test_a_writer_that_ends_is_waited_for(path, locked):
    messages: list[str] = []
    Timer(0.3, lambda: locked.execute("ROLLBACK")).start()
    with LabelStore(path, DATA, read_only=True, waiting=lambda: messages.append("waiting")) as store:
        assert store.labels() == LABELS
    assert messages == ["waiting"]


def test_a_store_that_changes_while_it_is_read_is_read_again(path, monkeypatch):
    closed(path)
    load = snapshot_copy._load

    def meanwhile(name: str, seconds: float) -> sqlite3.Connection:
        monkeypatch.undo()
        copy = load(name, seconds)
        with LabelStore(path, DATA) as other:
            other.assign(["late"], 0, ANN)
        return copy

    monkeypatch.setattr(snapshot_copy, "_load", meanwhile)
    with LabelStore(path, DATA, read_only=True) as store:
        assert store.labels() == LABELS | {"late": 0}


def test_a_store_larger_than_the_limit_is_refused(path, monkeypatch):
    closed(path)
    monkeypatch.setenv("RCMVAE_MAX_DATA", "4K")
    with pytest.raises(RcmvaeError, match=r"E470.*the label store takes"):
        LabelStore(path, DATA, read_only=True)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_pipe_is_no_store(path, read_only):
    os.mkfifo(path)
    with pytest.raises(RcmvaeError, match=r"E601.*it is a named pipe, not a file"):
        LabelStore(path, DATA, read_only=read_only)
