"""A run that fails before its first step leaves nothing behind; one that fails later says so in its status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.experiment.events import Event
from rcmvae_core.experiment.fit import fit
from rcmvae_core.training.events import FirstStep
from tests.support.tiny import TINY

INPUTS, LABELS = np.random.default_rng(0).random((120, 3)), np.arange(120) % 2


def start(out: Path, **train: Any) -> None:
    with pytest.raises(RcmvaeError) as caught:
        fit({**TINY, "train": {**TINY["train"], **train}}, INPUTS, LABELS, out=out)
    assert caught.value.diagnostics[0].code == "E302"


def test_new_folders_are_removed(tmp_path) -> None:
    start(tmp_path / "runs" / "first", batch_size=1000)
    assert list(tmp_path.iterdir()) == []


def test_folders_that_were_there_stay(tmp_path) -> None:
    (tmp_path / "runs" / "empty").mkdir(parents=True)
    start(tmp_path / "runs" / "empty", batch_size=1000)
    start(tmp_path / "runs" / "new", batch_size=1000)
    assert [path.name for path in tmp_path.rglob("*")] == ["runs", "empty"]


def test_other_files_are_refused_and_stay(tmp_path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RcmvaeError, match="is not empty"):
        fit(TINY, INPUTS, LABELS, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_later_failure_is_recorded(tmp_path) -> None:
    def stop(event: Event) -> None:
        match event:
            case FirstStep():
                raise RuntimeError("stopped by the listener")
            case _:
                pass

    with pytest.raises(RuntimeError, match="stopped"):
        fit(TINY, INPUTS, LABELS, out=tmp_path / "run", listen=stop)
    status = json.loads((tmp_path / "run" / "status.json").read_text())
    assert (status["state"], status["reason"]) == ("failed", "stopped by the listener")
