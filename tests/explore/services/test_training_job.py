"""Training in a child process: it gives a new model, can be stopped, and its death harms nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time

import numpy as np
import pytest

from rcmvae_core.errors import RcmvaeError
from rcmvae_core.explore.trained_models import next_path, read_entries, record_path
from rcmvae_core.explore.training_status import TrainingStatus
from rcmvae_core.rundir.records import read_state

PATIENCE = 90


@pytest.fixture
def copied(rows, tmp_path, opened):
    """A workspace of a copy of the run, so that what is trained beside it is the test's own."""
    path = tmp_path / "runs" / "rows"
    shutil.copytree(rows.path, path)
    return opened(rows._replace(path=path), store=tmp_path / "store.sqlite")


def label(workspace, count=12):
    """Label typical inputs of two clusters by their first value."""
    for name in ("low", "high"):
        workspace.labels.add_class(name)
    train = workspace.data.split.train[:count]
    values = np.asarray(workspace.data.dataset.inputs)[train, 0]
    for class_id, is_high in enumerate((values < 1, values >= 1)):
        workspace.labels.assign(train[is_high].tolist(), class_id)


def wait_for(workspace, is_reached):
    end = time.monotonic() + PATIENCE
    while not is_reached(status := workspace.training.status()):
        assert status["state"] == "running", status
        assert time.monotonic() < end, status
        time.sleep(0.02)
    return status


def test_a_training_gives_a_model_that_is_found_again(copied, rows, opened, tmp_path):
    label(copied)
    messages = list[dict]()
    copied.listen(messages.append)
    assert copied.training.start(epochs=3, warm_start=True)["state"] == "running"
    with pytest.raises(RcmvaeError, match="E487"):
        copied.training.start()
    status = copied.training.wait(PATIENCE)
    assert (status["state"], status["errors"], status["model"]) == ("done", [], 1)
    assert (status["epoch"], status["epochs"], status["seeds"]) == (5, 5, [0])
    assert [epoch for epoch, _ in status["curves"]["train/total"]] == [3, 4, 5]
    json.dumps(status, allow_nan=False)
    assert [each["number"] for each in messages if each["type"] == "model"] == [1]
    assert messages[-1] == {"type": "model", "number": 1}
    assert copied.models.current == 1
    model = copied.models()
    assert (model.path.name, model.parent, model.trained_on.label_revision) == ("rows-2", 0, 4)
    assert model.trained_on.labelled == {"low", "high"}
    assert copied.claims() == []
    assert [each["class"] for each in copied.claims(0)] == [0, 1]
    assert set(copied.view().prediction.tolist()) <= {0, 1}
    changes = copied.compare(0, 1)
    assert changes["from"] == copied.view(0).prediction[changes["changed"]].tolist()
    assert [each["number"] for each in copied.session()["models"]] == [0, 1]
    copied.show(0)
    assert copied.session()["model"] == 0
    again = opened(rows._replace(path=copied.run), store=copied.labels.path)
    assert [entry.path.name for entry in again.models.entries] == ["rows", "rows-2"]
    np.testing.assert_array_equal(again.models(1).latents, model.latents)
    assert next_path(copied.run, ()).name == "rows-3"


def test_a_training_is_stopped_and_leaves_a_run_that_can_be_resumed(copied):
    label(copied)
    copied.training.start(epochs=900_000)
    wait_for(copied, lambda status: status["epoch"] > 3)
    copied.training.stop()
    status = copied.training.wait(PATIENCE)
    assert (status["state"], status["errors"], status["model"]) == ("stopped", [], None)
    assert read_state(copied.run.with_name("rows-2")) == "interrupted"
    assert [entry.number for entry in copied.models.entries] == [0]
    assert copied.training.stop()["state"] == "stopped"


def test_a_killed_child_is_a_failure_and_a_lost_page_ends_its_child(copied):
    label(copied)
    copied.training.start(epochs=900_000)
    os.kill(copied.training._child.pid, signal.SIGKILL)
    status = copied.training.wait(PATIENCE)
    assert (status["state"], status["errors"][0]["code"]) == ("failed", "E498")
    assert "signal 9" in status["errors"][0]["message"]
    copied.labels.assign([int(copied.data.split.train[20])], 0)
    copied.training.start(epochs=900_000)
    wait_for(copied, lambda status: status["epoch"] > 0)
    copied.training._child.stdin.close()  # what a page that is killed leaves
    status = copied.training.wait(PATIENCE)
    assert status["state"] == "failed"
    assert read_state(copied.run.with_name("rows-3")) == "interrupted"
    copied.session()


def test_diagnostics_of_the_child_are_shown(copied):
    copied.labels.add_class("nobody has it")
    copied.training.start(epochs=1)
    status = copied.training.wait(PATIENCE)
    assert status["state"] == "failed"
    assert status["errors"][0]["code"] == "E302"
    assert "no training input has a label" in status["errors"][0]["message"]
    assert not copied.run.with_name("rows-2").exists()
    assert next_path(copied.run, read_entries(copied.run, print)).name == "rows-3"
    with pytest.raises(RcmvaeError, match="E484"):
        copied.training.start(epochs=0)


def test_the_record_of_models_is_checked(copied):
    path = record_path(copied.run)
    path.parent.mkdir(exist_ok=True)
    path.write_text('{"models": [{"folder": "../../elsewhere", "parent": 0}]}')
    warnings = list[str]()
    entries = read_entries(copied.run, lambda diagnostic: warnings.append(diagnostic.code))
    assert entries[1].path == copied.run.resolve().parent / "elsewhere"
    path.write_text('{"models": 3}')
    assert len(read_entries(copied.run, lambda diagnostic: warnings.append(diagnostic.code))) == 1
    assert warnings == ["W491"]


def test_curves_stay_short():
    status = TrainingStatus("running")
    for epoch in range(2000):
        status.add_event(
            {"event": "epoch", "epoch": epoch, "seed": 0, "metrics": {"train/total": 1.0, "x": 2}}
        )
    curve = status.as_json()["curves"]["train/total"]
    assert len(curve) <= 501
    assert (curve[0][0], curve[-1][0]) == (0, 1999)
    assert list(status.curves) == ["train/total"]
