"""The records of a run directory, of every version, and what they may not hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.rundir import records

METRICS = {"elbo": -1.0, "accuracy": 0.5}
BOTH = {"validation": METRICS, "test": METRICS}
SEED = {"seed": 0, **BOTH, "epochs": 2, "step": 40}
SUMMARY: dict[str, Any] = {
    "name": "n", "parameters": 3, "labels": 5, "seeds": [SEED], "mean": BOTH, "std": BOTH,
}  # fmt: skip


def write(folder: Path, name: str, values: Any) -> Path:
    (folder / name).write_text(values if isinstance(values, str) else json.dumps(values))
    return folder


def test_a_summary_is_returned_with_and_without_a_format(tmp_path: Path):
    for values in (SUMMARY, SUMMARY | {"format": 1}):
        assert records.read_summary(write(tmp_path, "summary.json", values)) == values


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "it has format 2, and this version supports format 1"),
        ({"seeds": []}, "`seeds` is empty"),
        ({"seeds": 3}, "`seeds` must be a list, got 3"),
        ({"seeds": [SEED | {"step": 2.5}]}, r"`seeds\[0\].step` must be an integer of at least 0, got 2.5"),
        ({"mean": {}}, "`mean.validation` is missing"),
        ({"mean": {**BOTH, "test": {}}}, "`mean.test.elbo` is missing"),
        ({"std": {**BOTH, "test": {"elbo": 0.0}}}, "`std.test.accuracy` is missing"),
        ({"mean": {**BOTH, "test": METRICS | {"accuracy": "high"}}}, 'must be a number, got "high"'),
    ],
)
def test_a_summary_that_lacks_something_is_an_error(tmp_path: Path, change: dict[str, Any], message: str):
    with pytest.raises(RcmvaeError, match=f"E440: .*summary.json` cannot be read: .*{message}"):
        records.read_summary(write(tmp_path, "summary.json", SUMMARY | change))


@pytest.mark.parametrize(
    "values", ["", "[]", "{", '{"state": "finished"}', '{"state": []}', '{"state": "done", "format": 2}']
)
def test_an_unreadable_status_says_nothing(tmp_path: Path, values: str):
    assert records.read_state(write(tmp_path, "status.json", values)) is None
    assert records.read_state(tmp_path / "absent") is None


def test_a_status_of_every_version_is_read(tmp_path: Path):
    for values in ({"state": "done"}, {"state": "done", "format": 1, "time": "t", "process": 4, "epoch": 2}):
        assert records.read_state(write(tmp_path, "status.json", values)) == "done"


def test_rows_that_are_none_are_counted_except_a_last_one_that_was_cut_off(tmp_path: Path):
    row = {"seed": 0, "epoch": 1, "step": 20, "train/total": float("nan")}
    lines = [
        json.dumps(row),
        "[]",
        '{"seed": 0}',
        json.dumps(row | {"step": "x"}),
        "\ufffd{",
        "",
        json.dumps(row),
    ]
    path = write(tmp_path, "metrics.jsonl", "\n".join(lines) + "\n") / "metrics.jsonl"
    rows, unreadable = records.read_rows(path)
    assert [each["step"] for each in rows] == [20, 20]
    assert unreadable == 4
    path.write_text(f'{json.dumps(row)}\n{{"seed": 0, "ste')
    assert records.read_rows(path)[1] == 0


def test_the_ids_of_trackers_of_both_formats(tmp_path: Path):
    for values in ({"mlflow": "a"}, {"format": 2, "ids": {"mlflow": "a"}}):
        assert records.read_tracker_ids(write(tmp_path, "trackers.json", values)) == {"mlflow": "a"}
    assert records.read_tracker_ids(tmp_path / "absent") == {}
    for values in ([], {"mlflow": 3}, {"format": 3, "ids": {}}, {"format": 2}):
        with pytest.raises(RcmvaeError, match="E440"):
            records.read_tracker_ids(write(tmp_path, "trackers.json", values))


@pytest.mark.parametrize(
    "change",
    [
        {"run": 3},
        {"run": "a\0b"},
        {"run": "a" * 5000},
        {"steps": []},
        {"steps": {"x": 1}},
        {"steps": {"0": -1}},
        {"format": 2},
    ],
)
def test_the_start_of_a_run_is_checked(tmp_path: Path, change: dict[str, Any]):
    values = {"run": "/runs/first", "steps": {"0": 40}}
    start = records.read_start_record(write(tmp_path, "origin.json", values))
    assert start is not None
    assert start.steps == {"0": 40}
    with pytest.raises(RcmvaeError, match="E440"):
        records.read_start_record(write(tmp_path, "origin.json", values | change))
