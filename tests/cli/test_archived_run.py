"""A run directory of an older format keeps loading.

The archive was written by the version of format 1, which saved each seed once, at its end, and knew no `resume`. Two
classes of tiny nets; it was taken after the first of two seeds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ARCHIVE = Path(__file__).parents[1] / "training" / "archive" / "run-format-1.tar.gz"
RCMVAE = str(Path(sys.executable).with_name("rcmvae"))
# `summary.json` of the same run, had it gone on in that version: test elbo and accuracy of the seed that it had begun.
# The other one begins today, when classes claim channels.
WAS = (-44.708606470838184, 0.10027855153203342)


def test_a_run_of_format_1_goes_on(tmp_path):
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    resumed = subprocess.run(
        [RCMVAE, "resume", "run"], cwd=tmp_path, text=True, capture_output=True, check=False
    )
    assert resumed.returncode == 0, resumed.stderr
    assert "seed 0  goes on after epoch 2" in resumed.stderr
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    found = [(seed["test"]["elbo"], seed["test"]["accuracy"]) for seed in summary["seeds"]]
    assert found[0] == pytest.approx(WAS, rel=1e-4)
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [(row["seed"], row["epoch"]) for row in rows] == [(0, 1), (0, 2), (1, 1), (1, 2)]
