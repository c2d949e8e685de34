"""Single writes to a label store, and files that it cannot use."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.labels import connection
from rcmvae_core.labels.records import Class, Identity, Provenance, Receipt
from rcmvae_core.labels.store import MEMORY, LabelStore

from .conftest import ANN, DATA


def refused(call, *words) -> list[str]:
    """Return the codes of a call's errors, whose messages contain the words."""
    with pytest.raises(RcmvaeError) as error:
        call()
    assert all(word in str(error.value) for word in words), str(error.value)
    return [diagnostic.code for diagnostic in error.value.diagnostics]


def test_a_merge_undone_gives_each_item_its_own_label(store):
    store.assign(["a", "b"], 0, ANN)
    store.assign(["c"], 1, ANN)
    before = store.snapshot()
    assert store.merge_classes(0, 1, ANN) == Receipt(3, 2)
    assert store.labels() == {"a": 1, "b": 1, "c": 1}
    assert store.classes()[0] == Class(0, "cat", "merged", 1)
    store.undo(ANN)
    assert store.snapshot()[1:] == before[1:]
    store.redo(ANN)
    assert store.labels() == {"a": 1, "b": 1, "c": 1}
    assert store.revision == 5


def test_a_retired_class_loses_its_labels_and_an_undo_restores_them(store):
    store.assign(["a"], 0, ANN)
    store.retire_class(0, ANN)
    assert store.labels() == {}
    assert refused(lambda: store.assign(["a"], 0, ANN), "`cat` is retired") == ["E605"]
    store.undo(ANN)
    assert store.labels() == {"a": 0}


def test_ids_are_never_used_again(store):
    store.add_class("bird", ANN)
    store.undo(ANN)
    store.add_class("bird", ANN)
    assert [(one.id, one.name, one.state) for one in store.classes()[2:]] == [
        (2, "bird", "retired"),
        (3, "bird", "active"),
    ]
    assert store.find("bird").id == 3


def test_a_new_write_replaces_what_was_undone(store):
    store.assign(["a"], 0, ANN)
    store.undo(ANN)
    store.assign(["b"], 0, ANN)
    assert refused(lambda: store.redo(ANN)) == ["E609"]
    assert refused(lambda: store.undo(ANN, 2)) == ["E609"]
    assert store.labels() == {"b": 0}, "an undo of more writes than possible undoes none"


@pytest.mark.parametrize(
    ("call", "code", "words"),
    [
        (lambda s: s.find("cta"), "E604", "unknown class `cta`"),
        (lambda s: s.assign(["a"], 7, ANN), "E604", "class number 7"),
        (lambda s: s.add_class("dog", ANN), "E606", "class `dog` exists already"),
        (lambda s: s.rename_class(0, " ", ANN), "E606", "' '"),
        (lambda s: s.add_class("tab\t", ANN), "E606", "'tab\\t'"),
        (lambda s: s.merge_classes(0, 0, ANN), "E606", "into itself"),
        (lambda s: s.add_class("new", Provenance("\udcff")), "E606", "not Unicode"),
        (lambda s: s.labels_at(1), "E613", "revisions 0 to 0"),
        (lambda s: s.undo(ANN), "E609", "nothing to undo"),
    ],
)
def test_an_invalid_write_is_refused_and_changes_nothing(store, call, code, words):
    assert refused(lambda: call(store), words) == [code]
    assert (store.revision, store.log()) == (0, [])


def test_a_near_name_is_suggested(store):
    with pytest.raises(RcmvaeError) as error:
        store.find("dogs")
    assert "did you mean `dog`?" in error.value.diagnostics[0].help


def test_changes_since_a_revision(store):
    store.assign(["a", "b"], 0, ANN)
    store.assign(["b", "c"], 1, ANN)
    store.clear(["a"], ANN)
    assert store.changes_since(0).labels == {"a": None, "b": 1, "c": 1}
    assert store.changes_since(1).labels == {"a": None, "b": 1, "c": 1}
    assert store.changes_since(2).labels == {"a": None}
    assert store.changes_since(2)[:2] == (3, store.classes())
    assert store.changes_since(3).labels == store.changes_since(9).labels == {}
    store.undo(ANN)
    assert store.changes_since(3).labels == {"a": 0}


def test_the_history_of_an_item(store):
    store.assign(["a", "b"], 0, ANN)
    store.assign(["b"], 1, Provenance("bob", "suggestion", "entropy"), request_id="x")
    store.merge_classes(1, 0, ANN)
    store.undo(ANN)
    store.clear(["b"], ANN)
    history = store.history("b")
    assert [(event.revision, event.request.kind, label) for event, label in history] == [
        (1, "assign", 0), (2, "assign", 1), (3, "merge", 0), (4, "undo", 1), (5, "clear", None),
    ]  # fmt: skip
    assert (history[1][0].provenance, history[1][0].request_id) == (
        Provenance("bob", "suggestion", "entropy"),
        "x",
    )
    assert len(store.history("a")) == 1
    assert store.history("nothing") == []


def test_what_can_be_undone(store):
    assert store.undoable() == (False, False)
    store.assign(["a"], 0, ANN)
    assert store.undoable() == (True, False)
    store.undo(ANN)
    assert store.undoable() == (False, True)
    store.assign(["a"], 1, ANN)
    assert store.undoable() == (True, False)


def test_provenance_is_kept(store):
    store.assign(["a"], 0, Provenance("machine", "suggestion", "margin"), request_id="b1")
    (event,) = store.log()
    assert event.provenance == Provenance("machine", "suggestion", "margin")
    assert (event.request_id, event.items, event.request.class_id) == ("b1", 1, 0)
    for how, score in (("click", "margin"), ("suggestion", None), ("guess", None)):
        with pytest.raises(ValueError):
            Provenance("ann", how, score)


def test_a_request_id_is_written_once(store, path):
    first = store.assign(["a"], 0, ANN, request_id="one")
    store.rename_class(0, "lynx", ANN, request_id="two")
    store.undo(ANN, 2, request_id="three")
    with LabelStore(path, DATA) as other:
        assert other.assign(["a"], 0, ANN, request_id="one") == first._replace(repeated=True)
        again = other.find("cat", request_id="two").id
        assert other.rename_class(again, "lynx", ANN, request_id="two").repeated
        assert other.undo(ANN, 2, request_id="three") == Receipt(4, 1, repeated=True)
        assert other.revision == 4
        assert refused(lambda: other.assign(["a"], 1, ANN, request_id="one"), "revision 1") == ["E610"]
        assert refused(lambda: other.undo(ANN, 1, request_id="three")) == ["E610"]


def test_events_cannot_be_changed(store, path):
    store.assign(["a"], 0, ANN)
    store.rename_class(0, "lynx", ANN)
    with sqlite3.connect(path, isolation_level=None) as db:
        for table in ("meta", "events", "item_changes", "class_changes"):
            column = {"meta": "value"}.get(table, "revision")
            for change in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = 9"):
                with pytest.raises(sqlite3.IntegrityError, match=f"{table} only grows"):
                    db.execute(change)
    db.close()


def test_pragmas(store, path):
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store.warnings == ()


def test_without_a_write_ahead_log_it_warns_and_works(path, monkeypatch):
    """With dot-file locking SQLite has no shared memory, as on many network file systems."""
    connect = sqlite3.connect

    def without(name, **options):
        return connect(f"file:{name}?vfs=unix-dotfile", uri=True, **options)

    monkeypatch.setattr(connection.sqlite3, "connect", without)
    with LabelStore(path, DATA) as store:
        assert [warning.code for warning in store.warnings] == ["W601"]
        store.assign(["a"], 0, ANN)
        assert store._db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert store._db.execute("PRAGMA synchronous").fetchone() == (3,)
    with LabelStore(path, DATA) as store:
        assert store.labels() == {"a": 0}


def filled(path: Path) -> bytes:
    with LabelStore(path, DATA) as store:
        store.assign([f"{i:016x}" for i in range(2000)], 0, ANN)
    return path.read_bytes()


def another_database(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE mine (x)")
    db.close()


def newer(path: Path) -> None:
    filled(path)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 2")
    db.close()


def overwritten(path: Path) -> None:
    content = filled(path)
    path.write_bytes(content[:8192] + b"\x55" * 8192 + content[16384:])


@pytest.mark.parametrize(
    ("harm", "identity", "code", "words"),
    [
        (lambda path: path.write_text("notes " * 900), DATA, "E601", "not a database"),
        (lambda path: path.write_bytes(filled(path)[:-4096]), DATA, "E601", "malformed"),
        (lambda path: path.write_bytes(filled(path)[:5000]), DATA, "E601", ""),
        (overwritten, DATA, "E601", ""),
        (another_database, DATA, "E601", "another kind"),
        (newer, DATA, "E602", "format 2"),
        (filled, DATA._replace(fingerprint="f" * 32), "E603", "the inputs differ"),
        (filled, Identity(DATA.fingerprint, ("cat",)), "E603", "`cat`, `dog`, and are `cat`"),
        (lambda path: path.mkdir(), DATA, "E611", "unable to open"),
        (lambda path: path.symlink_to("/proc/none/labels"), DATA, "E611", "unable to open"),
    ],
)
def test_what_cannot_be_used_is_refused_and_left_alone(path, harm, identity, code, words):
    harm(path)
    before = path.read_bytes() if path.is_file() else None
    assert refused(lambda: LabelStore(path, identity), words) == [code]
    assert before == (path.read_bytes() if path.is_file() else None)


def test_a_lock_that_lasts_is_reported(path, store, monkeypatch):
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.05)
    with LabelStore(path, DATA) as second:
        store._db.execute("BEGIN IMMEDIATE")
        assert refused(lambda: second.assign(["a"], 0, ANN), "locked") == ["E611"]
        store._db.execute("ROLLBACK")
        second.assign(["a"], 0, ANN)
    assert store.labels() == {"a": 0}


def test_a_full_disk_is_reported_and_loses_nothing(store, path):
    store.assign(["a"], 0, ANN)
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    many = [f"{i:016x}" for i in range(1000)]
    assert refused(lambda: store.assign(many, 0, ANN), "full") == ["E611"]
    with LabelStore(path, DATA) as again:
        assert again.labels() == {"a": 0}
        again.assign(many, 0, ANN)


def test_in_memory():
    with LabelStore(MEMORY, DATA) as store:
        assert store.warnings == ()
        assert store.assign(["a"], 0, ANN) == Receipt(1, 1)


def test_it_is_light():
    heavy = "{'numpy', 'jax', 'flax', 'rcmvae_plugins'}"
    code = f"import sys, rcmvae_core.labels.items, rcmvae_core.labels.csv_exchange; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
