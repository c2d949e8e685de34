"""Rows are read as they are written, by another process that may be resumed and drop some of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rcmvae_core.rundir import row_tail
from rcmvae_core.rundir.records import read_rows
from rcmvae_core.rundir.row_tail import RowTail


def row(epoch: int, seed: int = 0) -> dict[str, float]:
    return {"seed": seed, "epoch": epoch, "step": 10 * epoch, "train/total": 1.0 / epoch}


def write(path: Path, *rows: dict[str, float], mode: str = "a") -> None:
    with path.open(mode) as file:
        file.writelines(json.dumps(each) + "\n" for each in rows)


def epochs(tail: RowTail) -> list[float]:
    tail.read()
    return [each["epoch"] for each in tail.rows]


def test_rows_are_added_and_half_a_line_waits_for_its_end(tmp_path) -> None:
    path = tmp_path / "metrics.jsonl"
    tail = RowTail(path)
    assert epochs(tail) == []
    write(path, row(1))
    assert epochs(tail) == [1]
    line = json.dumps(row(2)) + "\n"
    with path.open("a") as file:
        file.write(line[:20])
        file.flush()
        assert epochs(tail) == [1]
        file.write(line[20:])
    assert epochs(tail) == [1, 2]


def test_a_resumed_run_drops_rows(tmp_path) -> None:
    path = tmp_path / "metrics.jsonl"
    tail = RowTail(path)
    write(path, *map(row, range(1, 6)))
    assert epochs(tail) == [1, 2, 3, 4, 5]
    write(tmp_path / "new", *map(row, range(1, 3)))
    (tmp_path / "new").replace(path)
    assert epochs(tail) == [1, 2]
    write(path, row(3))
    assert epochs(tail) == [1, 2, 3]
    # Replaced by a longer one between two readings, with another line at the same place.
    write(path, *(row(epoch, seed=11) for epoch in range(1, 9)), mode="w")
    assert epochs(tail) == list(range(1, 9))
    path.unlink()
    assert epochs(tail) == []


def test_lines_that_are_none(tmp_path, monkeypatch) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b"[]\n\xff\n\n" + b"x" * 400 + b"\n")
    monkeypatch.setattr(row_tail, "MAX_LINE", 100)
    tail = RowTail(path)
    assert epochs(tail) == []
    write(path, row(1))
    assert epochs(tail) == [1]


def test_what_is_no_file(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        assert epochs(RowTail(path)) == []


def test_of_a_long_file_the_end_is_read(tmp_path, monkeypatch) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, *map(row, range(1, 1001)))
    monkeypatch.setattr(row_tail, "MAX_BYTES", 1000)
    tail = RowTail(path)
    last = epochs(tail)
    assert last == list(range(int(last[0]), 1001))
    assert 5 < len(last) < 20
    write(path, row(1001))
    assert epochs(tail) == [*last, 1001]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 120), max_size=30))
def test_however_the_file_grows_the_rows_are_those_of_one_reading(tmp_path, sizes) -> None:
    path = tmp_path / "metrics.jsonl"
    content = "".join(json.dumps(row(epoch)) + "\n" for epoch in range(1, 20)).encode()
    path.write_bytes(b"")
    tail = RowTail(path)
    end = 0
    for size in sizes:
        end += size
        path.write_bytes(content[:end])
        tail.read()
    whole = content[: content[:end].rfind(b"\n") + 1]
    path.write_bytes(whole)
    assert list(tail.rows) == read_rows(path)[0]


@pytest.mark.parametrize("count", [3, 30])
def test_the_first_rows_of_a_long_run_are_dropped(tmp_path, monkeypatch, count) -> None:
    monkeypatch.setattr(row_tail, "MAX_ROWS", 10)
    write(tmp_path / "metrics.jsonl", *map(row, range(1, count + 1)))
    assert len(epochs(RowTail(tmp_path / "metrics.jsonl"))) == min(count, 10)
