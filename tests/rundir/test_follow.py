"""What can be seen of a run: its progress and the time left, computed by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.rundir.follow import RunFollower, RunView

SPEC = 'name = "digits"\nseeds = [3, 1]\n[train]\nepochs = 10\n'


@pytest.fixture
def directory(tmp_path):
    """An open run directory."""
    with RunDirectory(tmp_path / "run") as opened:
        yield opened


def add(directory: RunDirectory, seed: int, *epochs: int) -> None:
    for epoch in epochs:
        row = {"seed": seed, "epoch": epoch, "step": 5 * epoch, "train/total": 1.0 / epoch}
        directory.append_metrics(row, seed, 5 * epoch)


def see(directory: RunDirectory) -> RunView:
    return RunFollower(directory.path).read()


def test_a_run_from_its_start_to_its_end(directory) -> None:
    follower = RunFollower(directory.path)
    directory.write_text("spec.toml", SPEC)
    assert (follower.read().state, follower.read().seeds, follower.read().epochs) == ("starting", (3, 1), 10)
    directory.write_status("running", seed=3, epoch=4, monitor="elbo", epoch_seconds=2.0, warnings=["W1"])
    add(directory, 3, 1, 2, 3, 4)
    view = follower.read()
    assert (view.state, view.seed, view.epoch, view.epochs_done) == ("running", 3, 4, 4)
    assert (view.monitor, view.warnings, view.is_active) == ("elbo", ("W1",), True)
    add(directory, 1, 1)
    assert (follower.read().seed, follower.read().epoch, follower.read().epochs_done) == (1, 1, 5)
    directory.write_status("done")
    assert (follower.read().state, follower.read().is_active) == ("done", False)


def test_a_seed_that_stopped_early_counts_as_finished(directory) -> None:
    directory.write_text("spec.toml", SPEC)
    add(directory, 3, 1, 2)
    add(directory, 1, 1)
    directory.write_status("running", finished=[3])
    assert see(directory).epochs_done == 11


def test_an_interrupted_run_is_active_while_a_process_resumes_it(tmp_path) -> None:
    with RunDirectory(tmp_path / "run") as directory:
        directory.write_text("spec.toml", SPEC)
        directory.write_status("interrupted")
        assert see(directory).is_active
    assert not see(directory).is_active
    directory.write_status("running")
    assert (see(directory).state, see(directory).is_active) == ("dead", False)


def test_the_last_checkpoint_of_the_seed(directory) -> None:
    directory.write_text("spec.toml", SPEC)
    directory.write_status("running")
    add(directory, 1, 1)
    folder = directory.checkpoints(1)
    folder.mkdir(parents=True)
    for name in ("step-000000010.json", "step-000000020.json", "step-000000030", "notes.json"):
        (folder / name).write_text("")
    checkpoint = see(directory).checkpoint
    assert checkpoint is not None
    assert checkpoint.step == 20
    assert checkpoint.time == (folder / "step-000000020.json").stat().st_mtime


@pytest.mark.parametrize(
    ("spec", "sizes"),
    [
        ("x", ((), 0)),
        ('seeds = ["a"]\n[train]\nepochs = 3', ((), 0)),
        ("train = 3", ((), 0)),
        ("seeds = [1]\n[train]\nepochs = -1", ((), 0)),
        ("seeds = [1]\n[train]\nepochs = 3", ((1,), 3)),
    ],
)
def test_a_spec_is_not_trusted(directory, spec: str, sizes: Any) -> None:
    directory.write_text("spec.toml", spec)
    directory.write_status("running", epoch_seconds=1.0)
    add(directory, 1, 1, 2)
    view = see(directory)
    assert (view.seeds, view.epochs) == sizes
    assert view.epochs_done == (2 if sizes[0] else 0)


def test_records_are_not_trusted(directory) -> None:
    directory.write_text("spec.toml", SPEC)
    for status in ("", "[]", json.dumps({"state": "running", "warnings": 3}), '{"state": "over"}'):
        directory.write_text("status.json", status)
        assert see(directory).state == "unknown"
    directory.write_status("running", time="yesterday")
    assert see(directory).time is None


def test_a_run_that_failed_before_its_first_step_is_removed(tmp_path) -> None:
    with RunDirectory(tmp_path / "run") as directory:
        directory.write_text("spec.toml", SPEC)
        follower = RunFollower(directory.path)
        assert follower.read().state == "starting"
        directory.discard()
    view = follower.read()
    assert (view.state, view.is_active) == ("unknown", False)
    assert "was removed" in view.reason


def test_the_time_left_by_hand() -> None:
    # Two seeds of ten epochs, of which four are done: sixteen remain, two seconds each.
    view = RunView(Path("r"), state="running", seeds=(3, 1), epochs=10, epochs_done=4, epoch_seconds=2.0)
    assert view.seconds_left(0.0) == 32.0
    view = view._replace(time=100.0)
    assert view.seconds_left(100.0) == 32.0
    assert view.seconds_left(101.5) == 30.5  # of the epoch under way 1.5 seconds are over
    assert view.seconds_left(200.0) == 30.0  # no epoch counts for more than its average
    assert view.seconds_left(50.0) == 32.0  # the clock of another machine
    assert view._replace(epochs_done=20).seconds_left(100.0) is None
    assert view._replace(epoch_seconds=None).seconds_left(100.0) is None
    assert view._replace(state="interrupted").seconds_left(100.0) is None
    assert view._replace(epochs=0).seconds_left(100.0) is None
