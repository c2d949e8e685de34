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
    "train.epochs=8", "train.checkpoint_seconds=0", 'train.checkpoint_every="7 steps"', "figure={}",
]  # fmt: skip
WORDS = [word for setting in SETTINGS for word in ("--set", setting)]
BEGIN = ("run", str(QUICKSTART), "--out", "run", *WORDS)
GO_ON = ("resume", "run")
ROWS = 2 * 8


@pytest.fixture(scope="module")
def environment(cache):
    """Every process shares one cache of compiled programs, so that only the first compiles."""
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
def whole(environment, tmp_path_factory) -> Path:
    """The run that nothing happened to."""
    folder = tmp_path_factory.mktemp("whole")
    done = call(*BEGIN, cwd=folder, environment=environment)
    assert done.returncode == 0, done.stderr
    return folder / "run"


class Struck(NamedTuple):
    """What a process was sent, and how it ended."""

    number: signal.Signals
    code: int
    errors: str
    state: str


@pytest.fixture(scope="module")
def hard(environment, tmp_path_factory) -> tuple[Path, list[Struck], subprocess.CompletedProcess[str]]:
    """A run to which everything happened: a signal in its first seed, a kill in its second, and one while it writes
    its report.
    """
    run, struck = tmp_path_factory.mktemp("hard") / "run", []
    blows = {2: signal.SIGTERM, 9: signal.SIGKILL, ROWS: signal.SIGKILL}
    for words, (count, number) in zip((BEGIN, *[GO_ON] * 2), blows.items(), strict=True):
        before = rows(run)
        with start(*words, cwd=run.parent, environment=environment) as process:
            wait_for_rows(run, process, min(max(count, before + 1), ROWS))
            process.send_signal(number)
            _, errors = process.communicate(timeout=60)
        state = json.loads((run / "status.json").read_text())["state"]
        struck.append(Struck(number, process.returncode, errors, state))
    return run, struck, call(*BEGIN, "--resume", cwd=run.parent, environment=environment)


@pytest.fixture
def here(tmp_path, monkeypatch, capfd) -> Callable[..., tuple[int, str, str]]:
    """The command without a process of its own, where nothing is trained: its exit code, stdout and stderr."""

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        return main(words), *capfd.readouterr()

    return call


def last_states(run: Path) -> dict[str, dict[str, np.ndarray]]:
    found = {}
    for folder in sorted((run / "checkpoints").iterdir()):
        record = next(checkpoint_files.records(folder))
        found[folder.name] = checkpoint_files.read(folder, record)
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


def test_after_every_blow_it_went_on_to_the_same_files(hard, whole):
    run, _, last = hard
    assert last.returncode == 0, last.stderr
    assert last.stdout.splitlines()[-1] == "report: run/report.html"
    assert_same(run, whole)


def test_a_signal_saves_and_says_how_to_go_on(hard):
    """So does Ctrl-C: a second one, below, finds the first heard."""
    _, struck, _ = hard
    blow, after = struck[:2]
    assert (blow.number, blow.code) == (signal.SIGTERM, 130)
    errors = blow.errors
    assert "finishing the step and saving; interrupt again to leave at once" in errors
    assert errors.splitlines()[-1] == "resume with: rcmvae resume run"
    assert "Traceback" not in errors
    assert blow.state == "interrupted"
    assert "resumed after epoch" in after.errors


def test_a_second_signal_leaves_at_once_and_the_run_is_readable(tmp_path, environment, whole):
    empty = environment | {"XDG_CACHE_HOME": str(tmp_path / "empty")}
    with start(*BEGIN, cwd=tmp_path, environment=empty) as process:
        deadline = time.monotonic() + 120
        while not (tmp_path / "run" / "spec.toml").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(1)  # it compiles now, which no Python handler interrupts
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        second = time.monotonic()
        _, errors = process.communicate(timeout=60)
    assert time.monotonic() - second < 5
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "resume with: rcmvae resume run"
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "interrupted"
    resumed = call(*GO_ON, cwd=tmp_path, environment=environment)
    assert resumed.returncode == 0, resumed.stderr
    assert_same(tmp_path / "run", whole)


def kill_and_resume(cwd: Path, environment: dict[str, str], seconds: float) -> None:
    """Kill a run at a moment, then go on with it, whatever state it is in."""
    shutil.rmtree(cwd / "run", ignore_errors=True)
    with start(*BEGIN, cwd=cwd, environment=environment) as process:
        time.sleep(seconds)
        process.kill()
        process.communicate()
    again = call(*BEGIN, "--resume", cwd=cwd, environment=environment)
    assert again.returncode == 0, again.stderr


def moments(seconds: float, count: int) -> list[float]:
    """Moments of a run, evenly spread with some chance, past what Python needs to start."""
    chance = random.Random(0)
    return [seconds * (0.3 + 0.7 * (i + chance.random()) / count) for i in range(count)]


@pytest.mark.long
def test_killed_fifty_times_it_goes_on_to_the_same_files(tmp_path, environment, whole):
    """At moments over the whole run: while it compiles, steps, saves and writes its report."""
    begun = time.monotonic()
    again = call("run", str(QUICKSTART), "--out", "timed", *WORDS, cwd=tmp_path, environment=environment)
    assert again.returncode == 0, again.stderr
    for moment in moments(time.monotonic() - begun, 50):
        kill_and_resume(tmp_path, environment, moment)
        assert_same(tmp_path / "run", whole)


def test_a_run_that_is_done_stays_as_it_is(tmp_path, whole, here):
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    code, out, errors = here(*GO_ON)
    assert code == 0
    assert "warning[W410]: `run` is done" in errors
    assert out.splitlines()[-1] == "report: run/report.html"
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*")} == before
    _, out, _ = here(*GO_ON, "--json")
    assert json.loads(out)["event"] == "finished"


def reopened(whole: Path, folder: Path) -> Path:
    """A copy of the run whose report was never finished."""
    run = folder / "run"
    shutil.copytree(whole, run)
    status = json.loads((run / "status.json").read_text())
    (run / "status.json").write_text(json.dumps(status | {"state": "running"}))
    return run


@pytest.fixture
def unfinished(tmp_path, whole):
    return reopened(whole, tmp_path)


@pytest.mark.long  # without a process of its own: `training/test_resume`
def test_a_damaged_checkpoint_is_told_and_the_one_before_used(unfinished, environment, whole):
    folder = unfinished / "checkpoints" / "seed-1"
    newest = next(checkpoint_files.records(folder)).step
    file = max(
        (p for p in checkpoint_files.checkpoint_path(folder, newest).rglob("*") if p.is_file()),
        key=lambda p: p.stat().st_size,
    )
    file.write_bytes(file.read_bytes()[:-1])
    resumed = call(*GO_ON, cwd=unfinished.parent, environment=environment)
    assert resumed.returncode == 0, resumed.stderr
    assert "warning[W411]: seed 1: a checkpoint is corrupt" in resumed.stderr
    assert_same(unfinished, whole)
    assert "W411" in (unfinished / "report.html").read_text()


@pytest.mark.parametrize(
    ("harm", "code", "words"),
    [
        (lambda run: (run / "spec.toml").unlink(), "E410", "has no `spec.toml`"),
        (shutil.rmtree, "E410", "is not a run directory"),
        (lambda run: (run / "spec.toml").write_text("name = "), "E103", "not TOML"),
    ],
)
def test_what_cannot_be_gone_on_with_exits_with_a_word(unfinished, here, harm, code, words):
    harm(unfinished)
    found, _, errors = here(*GO_ON)
    assert found in (1, 2)
    assert f"error[{code}]" in errors
    assert words in errors


def test_a_spec_that_was_changed_since_is_refused(unfinished, environment):
    edit(unfinished, "batch_size = 128", "batch_size = 64")
    refused = call(*GO_ON, cwd=unfinished.parent, environment=environment)
    assert refused.returncode == 1
    assert "error[E412]" in refused.stderr
    assert "`spec.toml` was changed since" in refused.stderr
    assert "Traceback" not in refused.stderr


def edit(run: Path, old: str, new: str) -> None:
    text = (run / "spec.toml").read_text()
    assert old in text
    (run / "spec.toml").write_text(text.replace(old, new))


def test_resume_of_another_spec_is_refused(unfinished, environment, whole):
    words = (*BEGIN, "--resume", "--set", "train.batch_size=64")
    refused = call(*words, cwd=unfinished.parent, environment=environment)
    assert refused.returncode == 2
    assert "error[E411]: `run` holds a run of another spec" in refused.stderr
    assert (unfinished / "metrics.jsonl").read_bytes() == (whole / "metrics.jsonl").read_bytes()


def test_resume_needs_a_folder(here):
    code, _, errors = here("run", str(QUICKSTART), "--resume")
    assert code == 2
    assert "error[E410]" in errors


def test_tensorboard_shows_each_step_once(hard):
    """Read as TensorBoard does: what comes after a new start at a step replaces what was there from it on."""
    from tensorboardX.proto.event_pb2 import Event, SessionLog
    from tensorboardX.record_writer import RecordWriter  # noqa: F401 - the format that is read below

    steps: list[int] = []
    files = sorted((hard[0] / "tensorboard" / "seed-0").iterdir())
    assert len(files) > 1
    for file in files:
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
