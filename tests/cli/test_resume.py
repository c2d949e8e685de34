"""`rcmvae resume`: a run that was interrupted, killed or harmed goes on to the same files."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from rcmvae_core.training import checkpoints

RCMVAE = str(Path(sys.executable).with_name("rcmvae"))
QUICKSTART = Path(__file__).parents[2] / "experiments" / "quickstart.toml"
SETTINGS = [
    "latent.channels=4", "encoder.dense.hidden=[16]", "backbone.dense.hidden=[16]", "seeds=[0, 1]",
    "train.epochs=8", "train.checkpoint_seconds=0", 'train.checkpoint_every="7 steps"', "figure.loss_curves={}",
]  # fmt: skip
WORDS = [word for setting in SETTINGS for word in ("--set", setting)]


@pytest.fixture(scope="module")
def environment(cache):
    """Every process shares one cache of compiled programs, so that only the first compiles."""
    return os.environ | {"XDG_CACHE_HOME": str(cache)}


def call(*words: str, cwd: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [RCMVAE, *words], cwd=cwd, env=environment, text=True, capture_output=True, check=False
    )


def begin(cwd: Path, environment: dict[str, str], *more: str) -> subprocess.Popen[str]:
    command = [RCMVAE, "run", str(QUICKSTART), "--out", "run", *WORDS, *more]
    return subprocess.Popen(
        command, cwd=cwd, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.fixture(scope="module")
def whole(environment, tmp_path_factory):
    """The run that nothing happened to, and how long it took without compiling."""
    folder = tmp_path_factory.mktemp("whole")
    for name in ("first", "run"):
        start = time.monotonic()
        done = call("run", str(QUICKSTART), "--out", name, *WORDS, cwd=folder, environment=environment)
        assert done.returncode == 0, done.stderr
    return folder / "run", time.monotonic() - start


def last_states(run: Path) -> dict[str, dict[str, np.ndarray]]:
    found = {}
    for folder in sorted((run / "checkpoints").iterdir()):
        record = next(checkpoints.records(folder))
        found[folder.name] = checkpoints.read(folder, record.step, record)
    return found


def assert_same(run: Path, whole: Path) -> None:
    """Metrics, summary (but for the time it took), every parameter and the arrays of the report: bit by bit."""
    assert (run / "metrics.jsonl").read_bytes() == (whole / "metrics.jsonl").read_bytes()
    summaries = [json.loads((folder / "summary.json").read_text()) for folder in (run, whole)]
    for summary in summaries:
        summary.pop("warnings")
        for seed in summary["seeds"]:
            seed.pop("seconds")
    assert summaries[0] == summaries[1]
    ours, theirs = last_states(run), last_states(whole)
    assert ours.keys() == theirs.keys()
    for seed, arrays in theirs.items():
        assert all(np.array_equal(ours[seed][name], array) for name, array in arrays.items()), seed
    with np.load(run / "diagnostics.npz") as a, np.load(whole / "diagnostics.npz") as b:
        assert all(np.array_equal(a[name], b[name]) for name in b.files)
    assert json.loads((run / "status.json").read_text())["state"] == "done"


def rows(run: Path) -> int:
    path = run / "metrics.jsonl"
    return len(path.read_text().splitlines()) if path.is_file() else 0


def wait_for_rows(run: Path, process: subprocess.Popen[str], count: int) -> None:
    deadline = time.monotonic() + 120
    while rows(run) < count and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_says_how_to_go_on(tmp_path, environment, whole, number):
    with begin(tmp_path, environment, "--set", "train.epochs=8") as process:
        wait_for_rows(tmp_path / "run", process, 3)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "finishing the step and saving; interrupt again to leave at once" in errors
    assert errors.splitlines()[-1] == "resume with: rcmvae resume run"
    assert "Traceback" not in errors
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "interrupted"
    resumed = call("resume", "run", cwd=tmp_path, environment=environment)
    assert resumed.returncode == 0, resumed.stderr
    assert "goes on after epoch" in resumed.stderr
    assert resumed.stdout.splitlines()[-1] == "report: run/report.html"
    assert_same(tmp_path / "run", whole[0])


def test_a_second_signal_leaves_at_once_and_the_run_is_readable(tmp_path, environment, whole):
    with begin(tmp_path, environment | {"XDG_CACHE_HOME": str(tmp_path / "empty")}) as process:
        deadline = time.monotonic() + 120
        while not (tmp_path / "run" / "spec.toml").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(1)  # it compiles now, which no Python handler interrupts
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        _, errors = process.communicate(timeout=60)
    assert time.monotonic() - start < 5
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "resume with: rcmvae resume run"
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "interrupted"
    resumed = call("resume", "run", cwd=tmp_path, environment=environment)
    assert resumed.returncode == 0, resumed.stderr
    assert_same(tmp_path / "run", whole[0])


def kill_and_resume(cwd: Path, environment: dict[str, str], seconds: float) -> None:
    """Kill a run at a moment, then go on with it, whatever state it is in."""
    shutil.rmtree(cwd / "run", ignore_errors=True)
    with begin(cwd, environment) as process:
        time.sleep(seconds)
        process.kill()
        process.communicate()
    again = call("run", str(QUICKSTART), "--out", "run", *WORDS, "--resume", cwd=cwd, environment=environment)
    assert again.returncode == 0, again.stderr


def moments(seconds: float, count: int) -> list[float]:
    """Moments of a run, evenly spread with some chance, past what Python needs to start."""
    chance = random.Random(0)
    return [seconds * (0.3 + 0.7 * (i + chance.random()) / count) for i in range(count)]


def test_killed_it_goes_on_to_the_same_files(tmp_path, environment, whole):
    for moment in moments(whole[1], 1):
        kill_and_resume(tmp_path, environment, moment)
        assert_same(tmp_path / "run", whole[0])


@pytest.mark.long
def test_killed_fifty_times_it_goes_on_to_the_same_files(tmp_path, environment, whole):
    """At moments over the whole run: while it compiles, steps, saves and writes its report."""
    for moment in moments(whole[1], 50):
        kill_and_resume(tmp_path, environment, moment)
        assert_same(tmp_path / "run", whole[0])


def test_killed_twice_in_a_row(tmp_path, environment, whole):
    with begin(tmp_path, environment) as process:
        wait_for_rows(tmp_path / "run", process, 2)
        process.kill()
    with subprocess.Popen(
        [RCMVAE, "resume", "run"], cwd=tmp_path, env=environment, stderr=subprocess.PIPE
    ) as process:
        wait_for_rows(tmp_path / "run", process, 9)
        process.kill()
    resumed = call("resume", "run", cwd=tmp_path, environment=environment)
    assert resumed.returncode == 0, resumed.stderr
    assert_same(tmp_path / "run", whole[0])


def test_a_run_that_is_done_stays_as_it_is(tmp_path, environment, whole):
    run = tmp_path / "run"
    shutil.copytree(whole[0], run)
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    done = call("resume", "run", cwd=tmp_path, environment=environment)
    assert done.returncode == 0
    assert "warning[W410]: `run` is done" in done.stderr
    assert done.stdout.splitlines()[-1] == "report: run/report.html"
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*")} == before
    events = call("resume", "run", "--json", cwd=tmp_path, environment=environment).stdout
    assert json.loads(events)["event"] == "finished"


def reopened(whole: Path, folder: Path) -> Path:
    """A copy of the run whose report was never finished."""
    run = folder / "run"
    shutil.copytree(whole, run)
    status = json.loads((run / "status.json").read_text())
    (run / "status.json").write_text(json.dumps(status | {"state": "running"}))
    return run


@pytest.fixture
def unfinished(tmp_path, whole):
    return reopened(whole[0], tmp_path)


def test_a_damaged_checkpoint_is_told_and_the_one_before_used(tmp_path, environment, whole):
    run = reopened(whole[0], tmp_path)
    folder = run / "checkpoints" / "seed-1"
    newest = next(checkpoints.records(folder)).step
    file = max(
        (p for p in checkpoints.target(folder, newest).rglob("*") if p.is_file()),
        key=lambda p: p.stat().st_size,
    )
    file.write_bytes(file.read_bytes()[:-1])
    resumed = call("resume", "run", cwd=tmp_path, environment=environment)
    assert resumed.returncode == 0, resumed.stderr
    assert "warning[W411]: seed 1: a checkpoint is damaged" in resumed.stderr
    assert_same(run, whole[0])
    assert "W411" in (run / "report.html").read_text()


@pytest.mark.parametrize(
    ("harm", "code", "words"),
    [
        (lambda run: (run / "spec.toml").unlink(), "E410", "has no `spec.toml`"),
        (shutil.rmtree, "E410", "is not a run directory"),
        (lambda run: edit(run, "batch_size = 128", "batch_size = 64"), "E412", "`spec.toml` was changed since"),
        (lambda run: (run / "spec.toml").write_text("name = "), "E103", "not TOML"),
    ],
)  # fmt: skip
def test_what_cannot_be_gone_on_with_exits_with_a_word(unfinished, environment, harm, code, words):
    run, tmp_path = unfinished, unfinished.parent
    harm(run)
    refused = call("resume", "run", cwd=tmp_path, environment=environment)
    assert refused.returncode in (1, 2)
    assert f"error[{code}]" in refused.stderr
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr


def edit(run: Path, old: str, new: str) -> None:
    text = (run / "spec.toml").read_text()
    assert old in text
    (run / "spec.toml").write_text(text.replace(old, new))


def test_resume_of_another_spec_is_refused(tmp_path, environment, whole):
    run = reopened(whole[0], tmp_path)
    words = [*WORDS, "--set", "train.batch_size=64"]
    refused = call(
        "run", str(QUICKSTART), "--out", "run", "--resume", *words, cwd=tmp_path, environment=environment
    )
    assert refused.returncode == 2
    assert "error[E411]: `run` holds a run of another spec" in refused.stderr
    assert (run / "metrics.jsonl").read_bytes() == (whole[0] / "metrics.jsonl").read_bytes()


def test_resume_needs_a_folder(tmp_path, environment):
    refused = call("run", str(QUICKSTART), "--resume", cwd=tmp_path, environment=environment)
    assert refused.returncode == 2
    assert "error[E410]" in refused.stderr


def test_tensorboard_shows_each_step_once(tmp_path, environment, whole):
    """Read as TensorBoard does: what comes after a new start at a step replaces what was there from it on."""
    from tensorboardX.proto.event_pb2 import Event, SessionLog
    from tensorboardX.record_writer import RecordWriter  # noqa: F401 - the format that is read below

    with begin(tmp_path, environment) as process:
        wait_for_rows(tmp_path / "run", process, 3)
        process.kill()
    call("resume", "run", cwd=tmp_path, environment=environment)
    steps: list[int] = []
    for file in sorted((tmp_path / "run" / "tensorboard" / "seed-0").iterdir()):
        for event in events(file.read_bytes(), Event):
            if event.session_log.status == SessionLog.START and event.step:
                steps = [step for step in steps if step < event.step]
            steps += [event.step for value in event.summary.value if value.tag == "train/total"]
    assert steps == [10 * epoch for epoch in range(1, 9)]


def events(content: bytes, event_type) -> list:
    """Records of a file of TensorFlow's: length, its check, content, its check."""
    found, at = [], 0
    while at + 12 <= len(content):
        size = int.from_bytes(content[at : at + 8], "little")
        if at + 16 + size > len(content):
            break
        found.append(event_type.FromString(content[at + 12 : at + 12 + size]))
        at += 16 + size
    return found
