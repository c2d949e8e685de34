"""`rcmvae resume`: a run that was interrupted, killed or corrupted ends with the same files."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from rcmvae_core.cli.main import main
from rcmvae_core.training.checkpoints import files as checkpoint_files

RCMVAE = str(Path(sys.executable).with_name("rcmvae"))
QUICKSTART = Path(__file__).parents[2] / "experiments" / "quickstart.toml"
SETTINGS = [
    "latent.channels=4", "encoder.dense.hidden=[16]", "backbone.dense.hidden=[16]", "seeds=[0, 1]",
    "train.epochs=8", "train.diagnostics_every=3", "train.checkpoint_seconds=0", 'train.checkpoint_every="7 steps"', "figure={}",
]  # fmt: skip
WORDS = [word for setting in SETTINGS for word in ("--set", setting)]
RUN = ("run", str(QUICKSTART), "--out", "run", *WORDS)
RESUME = ("resume", "run")
ROWS = 2 * 8


@pytest.fixture(scope="module")
def environment(cache):
    """Every process shares one cache of compiled programs, so only the first one compiles."""
    return os.environ | {"XDG_CACHE_HOME": str(cache)}


def call(*words: str, cwd: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [RCMVAE, *words], cwd=cwd, env=environment, text=True, capture_output=True, check=False
    )


def start(*words: str, cwd: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [RCMVAE, *words], cwd=cwd, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.fixture(scope="module")
def uninterrupted(environment, tmp_path_factory) -> Path:
    """The directory of an uninterrupted run."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    done = call(*RUN, cwd=folder, environment=environment)
    assert done.returncode == 0, done.stderr
    return folder / "run"


class Interruption(NamedTuple):
    """The signal that a process got, and how it ended."""

    number: signal.Signals
    code: int
    errors: str
    state: str


@pytest.fixture(scope="module")
def interrupted(
    environment, tmp_path_factory
) -> tuple[Path, list[Interruption], subprocess.CompletedProcess[str]]:
    """A run that got a signal in its first seed, was killed in its second, and again while it wrote its report."""
    run, interruptions = tmp_path_factory.mktemp("interrupted") / "run", []
    signals = {2: signal.SIGTERM, 9: signal.SIGKILL, ROWS: signal.SIGKILL}
    for words, (count, number) in zip((RUN, *[RESUME] * 2), signals.items(), strict=True):
        before = rows(run)
        with start(*words, cwd=run.parent, environment=environment) as process:
            wait_for_rows(run, process, min(max(count, before + 1), ROWS))
            process.send_signal(number)
            _, errors = process.communicate(timeout=60)
        state = json.loads((run / "status.json").read_text())["state"]
        interruptions.append(Interruption(number, process.returncode, errors, state))
    return run, interruptions, call(*RUN, "--resume", cwd=run.parent, environment=environment)


@pytest.fixture
def call_here(tmp_path, monkeypatch, capfd) -> Callable[..., tuple[int, str, str]]:
    """Calls the command within this process, without training, and returns its exit code, stdout and stderr."""

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        return main(words), *capfd.readouterr()

    return call


def last_states(run: Path) -> dict[str, dict[str, np.ndarray]]:
    states = {}
    for folder in sorted((run / "checkpoints").iterdir()):
        record = next(checkpoint_files.records(folder))
        states[folder.name] = checkpoint_files.read(folder, record)
    return states


def assert_same(run: Path, uninterrupted: Path) -> None:
    """Assert that metrics, summary (without times), parameters and the arrays of the report are bit-identical."""
    assert (run / "metrics.jsonl").read_bytes() == (uninterrupted / "metrics.jsonl").read_bytes()
    summaries = [json.loads((folder / "summary.json").read_text()) for folder in (run, uninterrupted)]
    for summary in summaries:
        summary.pop("warnings")
        for seed in summary["seeds"]:
            seed.pop("seconds")
    assert summaries[0] == summaries[1]
    ours, theirs = last_states(run), last_states(uninterrupted)
    assert ours.keys() == theirs.keys()
    for seed, arrays in theirs.items():
        assert all(np.array_equal(ours[seed][name], array) for name, array in arrays.items()), seed
    files = sorted(path.name for path in (uninterrupted / "diagnostics").iterdir())
    assert sorted(path.name for path in (run / "diagnostics").iterdir()) == files
    for name in files:
        with np.load(run / "diagnostics" / name) as a, np.load(uninterrupted / "diagnostics" / name) as b:
            # A likelihood without σ has NaN there.
            assert all(np.array_equal(a[n], b[n], equal_nan=b[n].dtype.kind == "f") for n in b.files), name
    assert json.loads((run / "status.json").read_text())["state"] == "done"


def rows(run: Path) -> int:
    path = run / "metrics.jsonl"
    return len(path.read_text().splitlines()) if path.is_file() else 0


def wait_for_rows(run: Path, process: subprocess.Popen[str], count: int) -> None:
    deadline = time.monotonic() + 120
    while rows(run) < count and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)


def test_after_every_interruption_the_files_are_the_same(interrupted, uninterrupted):
    run, _, last = interrupted
    assert last.returncode == 0, last.stderr
    assert last.stdout.splitlines()[-1] == "report: run/report.html"
    assert_same(run, uninterrupted)


def test_a_signal_saves_and_prints_how_to_resume(interrupted):
    """SIGTERM; a second signal is tested below, with Ctrl-C."""
    _, interruptions, _ = interrupted
    first, second = interruptions[:2]
    assert (first.number, first.code) == (signal.SIGTERM, 130)
    errors = first.errors
    assert "finishing the step and saving; interrupt again to leave at once" in errors
    assert errors.splitlines()[-1] == "resume with: rcmvae resume run"
    assert "Traceback" not in errors
    assert first.state == "interrupted"
    assert "resumed after epoch" in second.errors


def test_a_second_signal_exits_at_once_and_the_run_is_readable(tmp_path, environment, uninterrupted):
    empty = environment | {"XDG_CACHE_HOME": str(tmp_path / "empty")}
    with start(*RUN, cwd=tmp_path, environment=empty) as process:
        deadline = time.monotonic() + 120
        while not (tmp_path / "run" / "spec.toml").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(1)  # it is compiling, which no Python handler interrupts
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        second = time.monotonic()
        _, errors = process.communicate(timeout=60)
    assert time.monotonic() - second < 5
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "resume with: rcmvae resume run"
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "interrupted"
    resumed = call(*RESUME, cwd=tmp_path, environment=environment)
    assert resumed.returncode == 0, resumed.stderr
    assert_same(tmp_path / "run", uninterrupted)


def kill_and_resume(cwd: Path, environment: dict[str, str], seconds: float) -> None:
    """Kill a run after some seconds, then resume it, whatever state it is in."""
    shutil.rmtree(cwd / "run", ignore_errors=True)
    with start(*RUN, cwd=cwd, environment=environment) as process:
        time.sleep(seconds)
        process.kill()
        process.communicate()
    again = call(*RUN, "--resume", cwd=cwd, environment=environment)
    assert again.returncode == 0, again.stderr


def kill_times(seconds: float, count: int) -> list[float]:
    """Return times in a run, evenly spaced with jitter, after the start of Python."""
    chance = random.Random(0)
    return [seconds * (0.3 + 0.7 * (i + chance.random()) / count) for i in range(count)]


@pytest.mark.long
def test_killed_fifty_times_the_files_are_the_same(tmp_path, environment, uninterrupted):
    """At times over the whole run: while it compiles, trains, saves and writes its report."""
    start_time = time.monotonic()
    again = call("run", str(QUICKSTART), "--out", "timed", *WORDS, cwd=tmp_path, environment=environment)
    assert again.returncode == 0, again.stderr
    for seconds in kill_times(time.monotonic() - start_time, 50):
        kill_and_resume(tmp_path, environment, seconds)
        assert_same(tmp_path / "run", uninterrupted)


def test_a_run_that_is_done_is_unchanged(tmp_path, uninterrupted, call_here):
    run = tmp_path / "run"
    shutil.copytree(uninterrupted, run)
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    code, out, errors = call_here(*RESUME)
    assert code == 0
    assert "warning[W410]: `run` is done" in errors
    assert out.splitlines()[-1] == "report: run/report.html"
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*")} == before
    _, out, _ = call_here(*RESUME, "--json")
    assert json.loads(out)["event"] == "finished"


def reopened(uninterrupted: Path, folder: Path) -> Path:
    """Copy the run, and mark it as unfinished."""
    run = folder / "run"
    shutil.copytree(uninterrupted, run)
    status = json.loads((run / "status.json").read_text())
    (run / "status.json").write_text(json.dumps(status | {"state": "running"}))
    return run


@pytest.fixture
def unfinished(tmp_path, uninterrupted):
    return reopened(uninterrupted, tmp_path)


@pytest.mark.long  # tested within one process in `tests/training/test_resume.py`
def test_a_corrupt_checkpoint_is_reported_and_the_previous_one_used(unfinished, environment, uninterrupted):
    folder = unfinished / "checkpoints" / "seed-1"
    newest = next(checkpoint_files.records(folder)).step
    file = max(
        (p for p in checkpoint_files.checkpoint_path(folder, newest).rglob("*") if p.is_file()),
        key=lambda p: p.stat().st_size,
    )
    file.write_bytes(file.read_bytes()[:-1])
    resumed = call(*RESUME, cwd=unfinished.parent, environment=environment)
    assert resumed.returncode == 0, resumed.stderr
    assert "warning[W411]: seed 1: a checkpoint is corrupt" in resumed.stderr
    assert_same(unfinished, uninterrupted)
    assert "W411" in (unfinished / "report.html").read_text()


@pytest.mark.parametrize(
    ("corrupt", "code", "words"),
    [
        (lambda run: (run / "spec.toml").unlink(), "E410", "has no `spec.toml`"),
        (shutil.rmtree, "E410", "is not a run directory"),
        (lambda run: (run / "spec.toml").write_text("name = "), "E103", "not TOML"),
    ],
)
def test_a_run_that_cannot_be_resumed_exits_with_an_error(unfinished, call_here, corrupt, code, words):
    corrupt(unfinished)
    exit_code, _, errors = call_here(*RESUME)
    assert exit_code in (1, 2)
    assert f"error[{code}]" in errors
    assert words in errors


def test_a_changed_spec_is_refused(unfinished, environment):
    edit(unfinished, "batch_size = 128", "batch_size = 64")
    refused = call(*RESUME, cwd=unfinished.parent, environment=environment)
    assert refused.returncode == 1
    assert "error[E412]" in refused.stderr
    assert "`spec.toml` was changed since" in refused.stderr
    assert "Traceback" not in refused.stderr


def edit(run: Path, old: str, new: str) -> None:
    text = (run / "spec.toml").read_text()
    assert old in text
    (run / "spec.toml").write_text(text.replace(old, new))


def test_resume_of_another_spec_is_refused(unfinished, environment, uninterrupted):
    words = (*RUN, "--resume", "--set", "train.batch_size=64")
    refused = call(*words, cwd=unfinished.parent, environment=environment)
    assert refused.returncode == 2
    assert "error[E411]: `run` holds a run of another spec" in refused.stderr
    assert (unfinished / "metrics.jsonl").read_bytes() == (uninterrupted / "metrics.jsonl").read_bytes()


def test_resume_needs_a_folder(call_here):
    code, _, errors = call_here("run", str(QUICKSTART), "--resume")
    assert code == 2
    assert "error[E410]" in errors


def test_tensorboard_shows_each_step_once(interrupted):
    """Read as TensorBoard does: events after a restart at a step replace the earlier events from this step."""
    from tensorboardX.proto.event_pb2 import Event, SessionLog
    from tensorboardX.record_writer import RecordWriter  # noqa: F401 - the format that is read below

    steps: list[int] = []
    files = sorted((interrupted[0] / "tensorboard" / "seed-0").iterdir())
    assert len(files) > 1
    for file in files:
        for event in events(file.read_bytes(), Event):
            if event.session_log.status == SessionLog.START and event.step:
                steps = [step for step in steps if step < event.step]
            steps += [event.step for value in event.summary.value if value.tag == "train/total"]
    assert steps == [10 * epoch for epoch in range(1, 9)]


def events(content: bytes, event_type) -> list:
    """Return the records of a TFRecord file: length, its checksum, content, its checksum."""
    records, at = [], 0
    while at + 12 <= len(content):
        size = int.from_bytes(content[at : at + 8], "little")
        if at + 16 + size > len(content):
            break
        records.append(event_type.FromString(content[at + 12 : at + 12 + size]))
        at += 16 + size
    return records
