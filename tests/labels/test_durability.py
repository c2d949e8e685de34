"""Acknowledged writes survive kills and other writers, and large stores stay fast."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Thread

import pytest

from rcmvae_core.labels.store import LabelStore

from .conftest import ANN, DATA

WRITER = Path(__file__).with_name("writer.py")


def begin(path: Path, name: str, first: int, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(WRITER), str(path), name, str(first), str(count)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe, stderr=pipe)


def let_go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def acknowledged_until_killed(path: Path, first: int, chance: random.Random) -> list[int]:
    """Return the writes that a process had confirmed when it was killed."""
    with begin(path, "ann", first, 10**6) as process:
        let_go(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        numbers = [int(process.stdout.readline()) for _ in range(chance.randrange(1, 12))]
        time.sleep(chance.uniform(0, 0.02))
        process.kill()
        rest = process.stdout.read()
    return numbers + [int(line) for line in rest.split("\n")[:-1]]


def kill_again_and_again(path: Path, times: int) -> None:
    """Kill writers; each new one sends the first unconfirmed write again."""
    chance, acknowledged = random.Random(0), 0
    for _ in range(times):
        numbers = acknowledged_until_killed(path, acknowledged, chance)
        assert numbers == list(range(acknowledged, acknowledged + len(numbers)))
        acknowledged += len(numbers)
        with LabelStore(path, DATA) as store:
            labels = store.labels()
            assert labels.items() >= {f"ann-{number}": number % 2 for number in range(acknowledged)}.items()
            assert len(labels) <= acknowledged + 1
            assert store.revision == len(labels), "no write has taken effect twice"


def test_killed_nothing_acknowledged_is_lost(path):
    kill_again_and_again(path, 3)


@pytest.mark.long
def test_killed_twenty_times_nothing_acknowledged_is_lost(path):
    kill_again_and_again(path, 20)


def test_three_writers_at_once(path):
    """They create the store at the same time, and none of them fails."""
    count = 40
    processes = [begin(path, name, 0, count) for name in ("ann", "bob", "eve")]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        let_go(process)
    for process in processes:
        output, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
        assert len(output.split()) == count
    with LabelStore(path, DATA) as store:
        assert store.revision == len(store.labels()) == 3 * count
        assert store.labels() == store.labels_at(3 * count)
        order = [event.provenance.annotator for event in store.log(None)]
        assert sum(a != b for a, b in pairwise(order)) > 2, "the writers took turns"
        assert store._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_store_made_while_another_looks_at_it(path, monkeypatch):
    """Between two of its queries the file turns from empty into a store: it must see one or the other."""
    makers: list[Thread] = []

    class Interrupted(sqlite3.Connection):
        def execute(self, sql, *arguments):
            if sql == "PRAGMA user_version" and not makers:
                monkeypatch.undo()
                makers.append(Thread(target=lambda: LabelStore(path, DATA).close()))
                makers[0].start()
                makers[0].join(0.5)  # long enough to create it, if no lock prevents that
            return super().execute(sql, *arguments)

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Interrupted))
    with LabelStore(path, DATA) as store:
        makers[0].join()
        store.assign(["a"], 0, ANN)
        assert store.labels() == {"a": 0}


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A store with 100,000 labels, as one event and many."""
    path = tmp_path_factory.mktemp("large") / "labels.sqlite"
    with LabelStore(path, DATA) as store:
        store.assign_each({f"{i * 7919:016x}": i % 2 for i in range(100_000)}, ANN)
        yield store


def seconds(call) -> float:
    """Measure processor time, which other work on the machine does not change."""
    start = time.process_time()
    call()
    return time.process_time() - start


def test_a_hundred_thousand_labels_stay_quick(large, tmp_path):
    assert len(large.labels()) == 100_000
    assert seconds(lambda: large.undo(ANN)) < 1
    assert large.labels() == {}
    assert seconds(lambda: large.redo(ANN)) < 1
    assert seconds(large.log) < 0.1
    assert seconds(lambda: large.export_events(tmp_path / "all.jsonl")) < 1
    assert seconds(lambda: LabelStore(large.path, DATA).close()) < 1
    assert seconds(lambda: large.assign(["new"], 0, ANN)) < 0.1, "a write costs as much as what it touches"


@pytest.mark.long
def test_a_hundred_thousand_events_stay_quick(path, tmp_path):
    numbers = [(number,) for number in range(1, 100_001)]
    with LabelStore(path, DATA) as store:
        # Single writes would take minutes, most of them waiting for the disk.
        store._db.execute("BEGIN")
        for rows in (
            "events SELECT ?1, 'assign', 't', 'ann', 'click', NULL, NULL, NULL, 1, NULL, NULL, NULL, 1",
            "item_changes SELECT ?1, ?1, NULL, 1",
            "labels SELECT ?1, 1",
            "stack SELECT ?1, 0",
        ):
            store._db.executemany(f"INSERT INTO {rows}", numbers)
        store._db.execute("COMMIT")
        assert seconds(lambda: store.undo(ANN)) < 0.1
        assert seconds(store.log) < 0.1
        assert seconds(lambda: store.export_events(tmp_path / "all.jsonl")) < 1
        assert len(store.labels()) == 99_999
