"""The status of a run says what others follow it by; its times are those of a clock that is set by hand."""

from __future__ import annotations

import pytest

from rcmvae_core.cli.arguments import read
from rcmvae_core.errors import Diagnostic
from rcmvae_core.experiment import recorder as module
from rcmvae_core.experiment.events import SeedDone
from rcmvae_core.experiment.recorder import RunRecorder
from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.rundir.records import Status, read_status
from rcmvae_core.training.dry_run import Plan
from rcmvae_core.training.events import EpochEnd, FirstStep
from tests.support.commands import QUICKSTART

PLAN = Plan("a", (3, 4), 2, 5, (4,), 20, 5, 5, 10, (), {}, monitor="accuracy")


def test_the_status_of_a_run(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    with RunDirectory(tmp_path / "run") as directory:
        recorder = RunRecorder(read(QUICKSTART, ())[0], directory, lambda _: None)

        def status() -> Status:
            return read_status(tmp_path / "run")

        recorder(PLAN)
        recorder.warn(3, Diagnostic("W411", "a checkpoint is corrupt"))
        recorder.write_status("running", epoch=0)
        assert (status().monitor, status().epoch_seconds) == ("accuracy", None)
        assert status().warnings == ("W411, seed 3: a checkpoint is corrupt",)
        recorder(FirstStep(3, 1))
        now = 102.0
        recorder(EpochEnd(3, 1, 5, {"train/total": 1.0}))
        assert (status().seed, status().epoch, status().epoch_seconds) == (3, 1, 2.0)
        recorder(SeedDone(3, {}, {}, 2.0))
        recorder(FirstStep(4, 1))
        now = 106.0
        recorder(EpochEnd(4, 1, 5, {"train/total": 1.0}))
        assert (status().finished, status().epoch_seconds) == ((3,), 3.0)
        recorder.write_status("failed", reason="E401")
        assert (status().state, status().reason, status().monitor) == ("failed", "E401", "accuracy")
