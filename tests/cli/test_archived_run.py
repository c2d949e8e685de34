"""A run directory of an older format resumes.

Both archives hold two channels of tiny nets. That of format 1, which saved each seed once, at its end, was taken after the
first of two seeds; that of format 2, whose checkpoints Orbax wrote, in the second of three epochs.
`tests/training/test_archived_formats.py` compares the bits of the arrays.
"""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from tests.support.commands import rcmvae

__all__ = ["rcmvae"]
ARCHIVE = Path(__file__).parents[1] / "training" / "archive"
# Test elbo and accuracy of the first seed in `summary.json` of the same run, finished by the version that started it.
FORMAT_1 = (-44.708606470838184, 0.10027855153203342)
FORMAT_2 = (-44.08378634216571, 0.10027855153203342)


@pytest.mark.parametrize(
    ("version", "epoch", "expected", "rows"),
    [
        (1, 2, FORMAT_1, [(0, 1), (0, 2), (1, 1), (1, 2)]),
        (2, 1, FORMAT_2, [(0, 1), (0, 2), (0, 3)]),
    ],
)
def test_a_run_of_an_older_format_resumes(rcmvae, tmp_path, *, version, epoch, expected, rows):
    with tarfile.open(ARCHIVE / f"run-format-{version}.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    resumed = rcmvae("resume", "run")
    assert resumed.returncode == 0, resumed.stderr
    assert f"after epoch {epoch}" in resumed.stderr
    first = json.loads((tmp_path / "run" / "summary.json").read_text())["seeds"][0]["test"]
    # The order of additions differs between machines.
    assert (first["elbo"], first["accuracy"]) == pytest.approx(expected, rel=1e-4)
    written = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [(row["seed"], row["epoch"]) for row in written] == rows
