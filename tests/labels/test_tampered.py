"""A store of somebody else, with content that this program does not write, is refused with the reason."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

import pytest

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.labels import store_check
from rcmvae_core.labels.records import Provenance
from rcmvae_core.labels.store import LabelStore

from .conftest import ANN, DATA

ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT"
OPEN = "DROP TRIGGER no_update_of_{0}; DROP TRIGGER no_delete_of_{0}; "
CLOSE = (
    "CREATE TRIGGER no_update_of_{0} BEFORE UPDATE ON {0} BEGIN SELECT RAISE(ABORT, '{0} only grows'); END;"
    "CREATE TRIGGER no_delete_of_{0} BEFORE DELETE ON {0} BEGIN SELECT RAISE(ABORT, '{0} only grows'); END;"
)


def changed(table: str, statement: str) -> str:
    """Return SQL that changes a table that only grows."""
    return OPEN.format(table) + statement + ";" + CLOSE.format(table)


TAMPERED = {
    "no identity": (changed("meta", "DELETE FROM meta"), "`meta` has no text `data`"),
    "no classes": (changed("meta", "DELETE FROM meta WHERE key = 'class_names'"), "no text `class_names`"),
    "identity of bytes": (changed("meta", "UPDATE meta SET value = x'00ff' WHERE key = 'data'"), "no text `data`"),
    "names that are no list": (changed("meta", "UPDATE meta SET value = '7' WHERE key != 'data'"), "not a list"),
    "names nested deep": (
        changed("meta", f"UPDATE meta SET value = '{'[' * 5000}' WHERE key != 'data'"), "not a list",
    ),
    "names of numbers": (changed("meta", "UPDATE meta SET value = '[1, 2]' WHERE key != 'data'"), "not a list"),
    "other names": (changed("meta", """UPDATE meta SET value = '["cat"]' WHERE key != 'data'"""), "not those of"),
    "unknown kind": (changed("events", "UPDATE events SET kind = 'steal'"), "not kind IN"),
    "unknown gesture": (changed("events", "UPDATE events SET how = 'guess'"), "not how IN"),
    "a score of no suggestion": (changed("events", "UPDATE events SET score = 'margin'"), "how = 'suggestion'"),
    "time of bytes": (changed("events", "UPDATE events SET time = x'00'"), "typeof(time)"),
    "a long name": (changed("events", "UPDATE events SET who = printf('%.*c', 50000, 'x')"), "length(who)"),
    "items of text": (changed("events", "UPDATE events SET items = 'many'"), "typeof(items)"),
    "event of no class": (changed("events", "UPDATE events SET class = 9"), "typeof(class)"),
    "revision far away": (changed("events", "UPDATE events SET revision = 9223372036854775807"), "not numbered"),
    "target far away": (changed("events", "UPDATE events SET target = 77"), "typeof(target)"),
    "label of no class": ("UPDATE labels SET class = 99", "table `labels`"),
    "label of text": ("UPDATE labels SET class = 'dog'", "table `labels`"),
    "negative label": ("UPDATE labels SET class = -1", "table `labels`"),
    "change of no class": (changed("item_changes", "UPDATE item_changes SET after = 5"), "typeof(after)"),
    "change of bytes": (changed("item_changes", "UPDATE item_changes SET item = x'ff'"), "typeof(item)"),
    "class with a gap": (
        "INSERT INTO class_changes VALUES (1000000000000, 1, 'x', 'active', NULL)", "`class_changes` has a class",
    ),
    "class of another state": (
        changed("class_changes", "UPDATE class_changes SET state = 'gone'"), "`class_changes` has a class",
    ),
    "class merged into itself": (
        changed("class_changes", "UPDATE class_changes SET state = 'merged', into_class = class"), "into_class <> class",
    ),
    "class merged into none": (
        changed("class_changes", "UPDATE class_changes SET state = 'merged', into_class = 9"), "into_class",
    ),
    "stack of text": ("UPDATE stack SET undone = 'no'", "table `stack`"),
    "endless view": (
        f"ALTER TABLE labels RENAME TO old; CREATE VIEW labels(item, class) AS {ENDLESS} n, n FROM r",
        "table `labels` is missing",
    ),
    "endless view of meta": (
        f"ALTER TABLE meta RENAME TO old; CREATE VIEW meta(key, value) AS {ENDLESS} n, n FROM r",
        "is missing",
    ),
    "another trigger": (
        "CREATE TRIGGER t AFTER INSERT ON events BEGIN INSERT INTO labels VALUES ('x', 0); END", "has a trigger `t`",
    ),
    "another index": ("CREATE INDEX i ON labels (hex(zeroblob(1000)))", "has a index `i`"),
    "no triggers": (OPEN.format("events"), "is missing"),
    "another table": ("DROP TABLE stack; CREATE TABLE stack (revision, undone, more)", "table `stack` is another"),
    "computed column": (
        "DROP TABLE labels; CREATE TABLE labels (item TEXT PRIMARY KEY, class AS (length(item)))", "is another",
    ),
    "not text": ("UPDATE labels SET item = CAST(x'ff' AS TEXT)", ""),
}  # fmt: skip


def tampered(path: Path, script: str) -> None:
    with LabelStore(path, DATA) as store:
        store.assign(["a"], 0, ANN)
    with sqlite3.connect(path, isolation_level=None) as db:
        db.execute("PRAGMA legacy_alter_table = ON")
        db.executescript(script)
    db.close()


@pytest.mark.parametrize("read_only", [True, False], ids=["reading", "writing"])
@pytest.mark.parametrize(("script", "words"), TAMPERED.values(), ids=TAMPERED)
def test_what_this_program_does_not_write_is_refused(path, script, words, read_only):
    tampered(path, script)
    before, start = path.read_bytes(), time.monotonic()
    with pytest.raises(RcmvaeError) as error, LabelStore(path, DATA, read_only=read_only) as store:
        store.labels()  # text that is no UTF-8 is noticed when it is read
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "E601"
    assert words in diagnostic.message
    assert time.monotonic() - start < 5
    assert path.read_bytes() == before


def test_what_takes_too_long_is_interrupted(path, monkeypatch):
    tampered(path, f"CREATE VIEW endless AS {ENDLESS} n FROM r")
    monkeypatch.setattr(store_check, "SECONDS", 0.2)
    monkeypatch.setattr(
        store_check, "_check_schema", lambda db: db.execute("SELECT MAX(n) FROM endless").fetchone()
    )
    with pytest.raises(RcmvaeError, match=r"E601.*took more than 0.2 s"):
        LabelStore(path, DATA, read_only=True)


def test_tables_and_views_of_somebody_else_are_not_read(path):
    tampered(path, f"CREATE VIEW endless AS {ENDLESS} n FROM r; CREATE TABLE mine (x); ANALYZE")
    with LabelStore(path, DATA) as store:
        store.assign(["b"], 1, ANN)
        assert store.labels() == {"a": 0, "b": 1}


def test_any_history_of_this_program_passes(path):
    with LabelStore(path, DATA) as store:
        store.assign(["a", "b"], 0, ANN, request_id="one")
        store.add_class("bird", ANN)
        store.assign(["c"], 2, Provenance("machine", "suggestion", "margin"))
        store.merge_classes(0, 2, ANN)
        store.undo(ANN)
        store.merge_classes(2, 0, ANN)
        store.undo(ANN, 2)
        store.redo(ANN)
        store.retire_class(1, ANN)
        store.rename_class(0, "lynx", ANN)
        store.clear(["a"], ANN)
        labels = store.labels()
    with LabelStore(path, DATA, read_only=True) as store:
        assert store.labels() == labels


@pytest.mark.parametrize(
    "line",
    [
        "[" * 100_000,
        json.dumps(
            {
                "revision": 2**70,
                "kind": "clear",
                "time": "t",
                "who": "w",
                "how": "click",
                "labels": {"a": None},
            }
        ),
        json.dumps(
            {"revision": 1, "kind": "assign", "time": "t", "who": "w", "how": "click", "labels": {"a": 2**70}}
        ),
    ],
    ids=["nested", "revision", "class"],
)
def test_a_history_of_somebody_else_is_refused(path, store, tmp_path, line):
    history = tmp_path / "history.jsonl"
    store.export_events(history)
    history.write_text(history.read_text() + line + "\n")
    with pytest.raises(RcmvaeError, match="E608"):
        store.import_events(history)


@pytest.mark.parametrize(
    "header", ["[" * 100_000, '{"rcmvae": "labels", "format": 1e999, "data": "", "classes": []}']
)
def test_a_header_of_somebody_else_is_refused(store, tmp_path, header):
    (tmp_path / "history.jsonl").write_text(header + "\n")
    with pytest.raises(RcmvaeError, match="E608"):
        store.import_events(tmp_path / "history.jsonl")
