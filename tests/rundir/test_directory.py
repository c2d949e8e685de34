"""A run directory has one writer, and a full disk ends in a diagnostic."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from tensorboardX import RecordWriter
from tensorboardX.proto.event_pb2 import Event, SessionLog

from rcmvae_core.errors import RcmvaeError, RunError
from rcmvae_core.rundir.directory import RunDirectory, mark_interrupted

HOLDER = """
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from rcmvae_core.rundir.directory import RunDirectory
with RunDirectory(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_refused_until_the_first_one_is_killed(tmp_path) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-c", HOLDER, str(out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(RcmvaeError, match="E303: another process is writing"):
            RunDirectory(out, resume=True)
        holder.kill()
        holder.wait()
        with RunDirectory(out, resume=True) as directory:
            directory.write_status("running")


def test_two_openings_in_one_process_exclude_each_other(tmp_path) -> None:
    with RunDirectory(tmp_path / "run"), pytest.raises(RcmvaeError, match="E303: another process"):
        RunDirectory(tmp_path / "run", resume=True)
    with RunDirectory(tmp_path / "run", resume=True):
        pass


def test_the_file_of_the_lock_stays_the_same(tmp_path) -> None:
    """A process that has opened it, and waits, must not lock another file than the next process."""
    lock, inodes = tmp_path / "run" / ".rcmvae.lock", set[int]()
    for _ in range(3):
        with RunDirectory(tmp_path / "run", resume=True):
            inodes.add(lock.stat().st_ino)
        inodes.add(lock.stat().st_ino)
    assert len(inodes) == 1


def test_of_many_writers_that_start_together_one_writes(tmp_path) -> None:
    """Some are refused, some find the folder of one that is discarded meanwhile; never are there two at once."""
    counts, running, lock = list[int](), 0, threading.Lock()

    def write(number: int) -> None:
        nonlocal running
        with suppress(RcmvaeError), RunDirectory(tmp_path / "run", resume=True) as directory:
            with lock:
                running += 1
                counts.append(running)
            time.sleep(0.001)
            with lock:
                running -= 1
            if number % 2:
                directory.discard()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(200)))
    assert set(counts) == {1}


def test_a_used_folder_is_refused_and_left_as_it_was(tmp_path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RcmvaeError, match=r"E303: .* is not empty: it holds `notes.txt`"):
        RunDirectory(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_half_written_files_of_a_killed_process_are_removed(tmp_path) -> None:
    with RunDirectory(tmp_path / "run"):
        pass
    (tmp_path / "run" / ".rcmvae-0123456789abcdef.partial").mkdir()
    with RunDirectory(tmp_path / "run", resume=True):
        assert not list((tmp_path / "run").glob("*.partial"))


def test_the_status_of_a_process_that_ends_at_once(tmp_path) -> None:
    mark_interrupted(tmp_path)
    assert json.loads((tmp_path / "status.json").read_text())["state"] == "interrupted"
    mark_interrupted(tmp_path / "absent")


def row(seed: int, epoch: int) -> dict[str, float]:
    return {"seed": seed, "epoch": epoch, "step": 10 * epoch, "train/total": 1.0 / epoch}


def test_rows_after_the_checkpoint_are_dropped(tmp_path) -> None:
    rows = [row(seed, epoch) for epoch in (1, 2, 3) for seed in (0, 1)]
    with RunDirectory(tmp_path / "run") as directory:
        for one in rows:
            directory.append_metrics(one, int(one["seed"]), int(one["step"]))
    with (tmp_path / "run" / "metrics.jsonl").open("a") as file:
        file.write('{"seed": 0, "ste')
    with RunDirectory(tmp_path / "run", resume=True) as directory:
        expected = [one for one in rows if one["seed"] == 0 and one["step"] <= 20]
        assert directory.truncate_metrics({0: 20}) == expected
        directory.append_metrics(row(0, 3), 0, 30)
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [*expected, row(0, 3)]
    first, second = sorted((tmp_path / "run" / "tensorboard" / "seed-0").iterdir())
    assert [event.step for event in events(first) if event.summary.value] == [10, 20, 30]
    start, *others = events(second)[1:]
    assert (start.session_log.status, start.step) == (SessionLog.START, 21)
    assert [(event.step, event.summary.value[0].tag) for event in others] == [(30, "train/total")]


def events(file: Path) -> list[Event]:
    """Parse records: length, its checksum, content, its checksum."""
    content, parsed, at = file.read_bytes(), [], 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 8], "little")
        parsed.append(Event.FromString(content[at + 12 : at + 12 + size]))
        at += 16 + size
    return parsed


def test_a_full_disk_under_tensorboard_is_a_diagnostic(tmp_path, monkeypatch) -> None:
    """It is raised in the caller's thread, and closing repeats it; pytest fails on an exception in another thread."""
    close = RecordWriter.close

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def close_full(self: RecordWriter) -> None:
        close(self)
        full()

    with RunDirectory(tmp_path / "run") as directory:
        directory.append_metrics(row(0, 1), 0, 10)
        monkeypatch.setattr(RecordWriter, "flush", full)
        with pytest.raises(RunError, match=r"E304: cannot write .*metrics.jsonl`: No space left"):
            directory.append_metrics(row(0, 2), 0, 20)
        monkeypatch.setattr(RecordWriter, "close", close_full)


def test_a_full_disk_under_a_file_keeps_the_old_one(tmp_path, monkeypatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with RunDirectory(tmp_path / "run") as directory:
        directory.write_json("summary.json", {"old": 1})
        with monkeypatch.context() as patch:
            patch.setattr(Path, "write_text", full)
            with pytest.raises(RunError, match=r"E304: cannot write .*summary.json`: No space left"):
                directory.write_json("summary.json", {"new": 1})
        assert json.loads((tmp_path / "run" / "summary.json").read_text()) == {"old": 1}
        assert not list((tmp_path / "run").glob("*.partial"))
