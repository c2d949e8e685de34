"""The data of a run that is not done: its metrics, and the arrays of the seeds that have finished."""

from __future__ import annotations

import json

import numpy as np

from rcmvae_core.plugin.protocols.report_arrays import ReportArrays
from rcmvae_core.rundir import report_arrays
from rcmvae_core.rundir.unfinished import read_unfinished

ARRAYS = ReportArrays(np.array([0, 1]), np.eye(2, dtype=np.float32), ("a", "b"))


def write_arrays(run, seed) -> None:
    path = run / report_arrays.arrays_name(seed)
    path.parent.mkdir(exist_ok=True)
    report_arrays.save(path, ARRAYS)


def test_seeds_with_arrays_are_read_and_those_cut_off_are_left_out(tmp_path) -> None:
    row = {"seed": 3, "epoch": 1, "step": 10, "train/total": 2.0}
    (tmp_path / "metrics.jsonl").write_text(json.dumps(row) + '\n{"seed": 3, "ep')
    for seed in (3, 1):
        write_arrays(tmp_path, seed)
    cut = tmp_path / report_arrays.arrays_name(1)
    cut.write_bytes(cut.read_bytes()[:100])
    (data,) = read_unfinished(tmp_path, (3, 1, 7))
    assert (data.seed, data.history, data.summary) == (3, (row,), {})
    assert data.arrays.labels.tolist() == [0, 1]


def test_without_any_file_there_are_empty_arrays_of_the_first_seed(tmp_path) -> None:
    (data,) = read_unfinished(tmp_path, (3, 1))
    assert (data.seed, data.history, data.arrays.labels.size) == (3, (), 0)
