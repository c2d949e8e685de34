"""`rcmvae run`: its output, its files and its errors."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import tomli

from rcmvae_core.cli.actions import train
from rcmvae_core.cli.main import main
from rcmvae_core.errors import Diagnostic, RunError
from tests.support.commands import read_terminal

COMMAND = [str(Path(sys.executable).with_name("rcmvae")), "run"]
QUICKSTART = Path(__file__).parents[2] / "experiments" / "quickstart.toml"
SMALL = [
    "latent.channels=4", "encoder.dense.hidden=[16]", "backbone.dense.hidden=[16]", "train.epochs=2",
    "figure.loss_curves={}",
]  # fmt: skip


def words(*settings: str) -> list[str]:
    return [word for value in (*SMALL, *settings) for word in ("--set", value)]


def run(*arguments: str, cwd: Path, spec: Path = QUICKSTART) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, str(spec), *arguments], cwd=cwd, text=True, capture_output=True, check=False
    )


class Finished(NamedTuple):
    """The exit code and the output of a command."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def call_run(tmp_path, monkeypatch, capfd):
    """Calls `rcmvae run` on the quickstart within this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Finished:
        return Finished(main(["run", str(QUICKSTART), *arguments]), *capfd.readouterr())

    return call


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A run of two seeds, piped."""
    folder = tmp_path_factory.mktemp("runs")
    finished = run("--out", "one", *words("seeds=[3, 1]"), cwd=folder)
    assert finished.returncode == 0, finished.stderr
    return folder, finished


def test_the_last_line_names_the_report(done) -> None:
    folder, finished = done
    lines = finished.stdout.splitlines()
    assert lines[-1] == "report: one/report.html"
    report = (folder / "one" / "report.html").read_text()
    assert all(f">{title}<" in report for title in ("Classes", "Recall", "Balanced test accuracy"))
    assert lines[0].startswith("test accuracy 0.")
    assert "over 2 seeds" in lines[0]
    assert "100 labels" in lines[0]
    assert "  rcmvae predict one FILE -o predictions.csv" in finished.stdout


def test_progress_goes_to_stderr_in_plain_lines(done) -> None:
    _, finished = done
    assert "\033" not in finished.stderr
    lines = finished.stderr.splitlines()
    assert lines[0].startswith("quickstart: ")
    assert any(line.startswith("seed 3  epoch 2/2") for line in lines)
    assert any(line.startswith("seed 1 done in") for line in lines)


def test_the_run_directory_is_complete(done) -> None:
    folder = done[0] / "one"
    names = {path.name for path in folder.iterdir()}
    assert names == {
        ".rcmvae.lock", "REPORT.md", "checkpoints", "diagnostics", "figures", "metrics.jsonl", "model.json", "reference.npz", "report.html",
        "run.lock.toml", "spec.toml", "status.json", "summary.json", "tensorboard",
    }  # fmt: skip
    assert json.loads((folder / "status.json").read_text())["state"] == "done"
    assert {path.name for path in (folder / "checkpoints").iterdir()} == {"seed-3", "seed-1"}
    for seed in ("seed-3", "seed-1"):
        assert list((folder / "tensorboard" / seed).glob("events.out.tfevents.*"))
        steps = {path.name for path in (folder / "checkpoints" / seed).glob("*.json")}
        assert steps == {"step-000000020.json"} | (steps & {"step-000000010.json"})
    lock = tomli.loads((folder / "run.lock.toml").read_text())
    assert {"jax", "jaxlib", "flax", "optax"} <= lock["versions"].keys()
    plugins = {(part["kind"], part["name"]) for part in lock["plugins"]}
    assert {("conditioner", "film"), ("schedule", "linear")} <= plugins
    assert all(part["version"] and part["hash"].startswith("sha256:") for part in lock["plugins"])
    with np.load(folder / "diagnostics" / "seed-3.npz", allow_pickle=False) as arrays:
        assert arrays["responsibilities"].shape == (359, 4)
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [(row["seed"], row["epoch"]) for row in rows] == [(3, 1), (3, 2), (1, 1), (1, 2)]


def test_the_summary_agrees_with_the_arrays(done) -> None:
    folder = done[0] / "one"
    summary = json.loads((folder / "summary.json").read_text())
    with np.load(folder / "diagnostics" / "seed-3.npz", allow_pickle=False) as arrays:
        accuracy = np.mean(arrays["probabilities"].argmax(axis=1) == arrays["labels"])
        assert summary["seeds"][0]["test"]["accuracy"] == pytest.approx(accuracy)
    both = [seed["test"]["accuracy"] for seed in summary["seeds"]]
    assert summary["mean"]["test"]["accuracy"] == pytest.approx(np.mean(both))
    assert summary["std"]["test"]["accuracy"] == pytest.approx(np.std(both, ddof=1))


@pytest.mark.long
def test_the_written_spec_runs_again_bit_identically(done) -> None:
    folder, _ = done
    again = run("--out", "two", cwd=folder, spec=folder / "one" / "spec.toml")
    assert again.returncode == 0, again.stderr
    first, second = ((folder / name / "metrics.jsonl").read_bytes() for name in ("one", "two"))
    assert first == second
    texts = [(folder / name / "spec.toml").read_text() for name in ("one", "two")]
    assert texts[0] == texts[1]


def test_a_run_with_the_locked_versions_starts(done) -> None:
    again = run("--locked", "--dry-run", cwd=done[0], spec=done[0] / "one" / "spec.toml")
    assert (again.returncode, again.stderr) == (0, "")


def test_differences_from_the_lock_file_are_refused(done, tmp_path, capfd) -> None:
    lock = (done[0] / "one" / "run.lock.toml").read_text()
    changed = tmp_path / "changed.lock.toml"
    changed.write_text(lock.replace('\njax = "', '\njax = "9.'))
    more = [
        "--set",
        "conditioner=none",
        "--locked",
        "--lock-file",
        str(changed),
        "--out",
        str(tmp_path / "run"),
    ]
    assert main(["run", str(done[0] / "one" / "spec.toml"), *more]) == 2
    errors = capfd.readouterr().err
    assert "changed.lock.toml:" in errors
    assert "error[E311]: jax 9." in errors
    assert "= help: pip install jax==9." in errors
    assert "error[E311]: conditioner `film` of rcmvae was locked, and the spec does not use it" in errors
    assert "error[E311]: the spec uses conditioner `none` of rcmvae, which was not locked" in errors
    assert errors.count("error[E311]") == 3
    assert not (tmp_path / "run").exists()


def test_a_missing_lock_file_is_refused(capfd) -> None:
    assert main(["run", str(QUICKSTART), "--locked"]) == 2
    assert (
        f"error[E310]: cannot read the lock file `{QUICKSTART.with_name('run.lock.toml')}`"
        in capfd.readouterr().err
    )


def test_a_lock_file_without_locked_is_refused(capfd) -> None:
    assert main(["run", str(QUICKSTART), "--lock-file", "run.lock.toml"]) == 2
    assert "error[E310]: `--lock-file` has no effect without `--locked`" in capfd.readouterr().err


def test_errors_are_json_lines_among_the_events(call_run) -> None:
    refused = call_run("--json", "--set", "train.epochs=0", "--set", "latent.dim=0")
    assert (refused.returncode, refused.stderr) == (2, "")
    events = [json.loads(line) for line in refused.stdout.splitlines()]
    assert [(event["event"], event["code"]) for event in events] == [("error", "E207")] * 2


def test_a_used_directory_is_refused(done, call_run, monkeypatch) -> None:
    folder, _ = done
    before = (folder / "one" / "metrics.jsonl").read_bytes()
    monkeypatch.chdir(folder)
    refused = call_run("--out", "one", *words())
    assert refused.returncode == 2
    assert "error[E303]: `one` is not empty" in refused.stderr
    assert (folder / "one" / "metrics.jsonl").read_bytes() == before


def test_events_as_json(tmp_path, call_run) -> None:
    finished = call_run("--json", "--seed", "5", *words())
    assert finished.returncode == 0, finished.stderr
    events = [json.loads(line) for line in finished.stdout.splitlines()]
    warnings = [event["code"] for event in events if event["event"] == "warning"]
    assert "W409" in warnings, "this spec has fewer channels than the digits have classes"
    events = [event for event in events if event["event"] != "warning"]
    assert [event["event"] for event in events] == ["plan", "begun", "epoch", "epoch", "seed", "finished"]
    assert events[2]["seed"] == 5
    assert Path(tmp_path / events[-1]["report"]).is_file()
    assert events[-1]["report"].startswith("runs/quickstart-")


def test_a_dry_run_trains_nothing(tmp_path, call_run) -> None:
    finished = call_run("--dry-run", *words())
    assert finished.returncode == 0, finished.stderr
    assert "hidden_0.kernel" in finished.stdout
    assert "64 x 16" in finished.stdout
    assert "all parameters" in finished.stdout
    assert not list(tmp_path.iterdir())
    planned = json.loads(call_run("--dry-run", "--json", *words()).stdout)
    assert planned["parameters"] == sum(part["size"] for part in planned["weights"])


def test_a_loss_that_is_not_finite_exits_1(tmp_path, call_run) -> None:
    failed = call_run("--out", "run", *words("train.optimizer.adam.eps=1e-300"))
    assert failed.returncode == 1
    assert "error[E401]" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "failed"


def test_a_run_that_fails_after_an_epoch_names_its_report(tmp_path, monkeypatch, capfd) -> None:
    def fail_late(request, listen, stop):
        del listen, stop
        request.out.mkdir()
        (request.out / "metrics.jsonl").write_text('{"seed": 0, "epoch": 1, "step": 20}\n')
        raise RunError(
            [Diagnostic("E401", "at step 21 of seed 0, `kl_z` is not finite", help=["a smaller rate"])]
        )

    monkeypatch.setattr(train, "run", fail_late)
    out = tmp_path / "a run"
    assert main(["run", str(QUICKSTART), "--out", str(out)]) == 1
    errors = capfd.readouterr().err
    assert "= help: a smaller rate" in errors
    assert f"= help: what happened until then: rcmvae report '{out}'" in errors


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (["train.batch_size=100000"], "E302"),
        (["data.labels_per_class=5000"], "E302"),
        (["train.epochs=0"], "E207"),
    ],
)
def test_a_spec_that_the_data_do_not_fit_exits_2(call_run, settings, code) -> None:
    refused = call_run("--out", "run", *words(*settings))
    assert refused.returncode == 2
    assert f"error[{code}]" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_file_in_the_way_exits_2(tmp_path, call_run) -> None:
    (tmp_path / "run").write_text("")
    refused = call_run("--out", "run/below", *words())
    assert refused.returncode == 2
    assert "error[E304]: cannot write `run/below`" in refused.stderr


def test_a_full_disk_ends_with_an_error_and_no_partial_file(tmp_path) -> None:
    """A limit on the size of files replaces a full disk: a part of the report no longer fits."""
    # The limit is set by a process that then executes the command, because forking is unsafe with the threads of JAX.
    limited = (
        "import os, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    command = [sys.executable, "-c", limited, *COMMAND, str(QUICKSTART), "--out", "run", *words()]
    failed = subprocess.run(command, cwd=tmp_path, text=True, capture_output=True, check=False)
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr
    match = re.search(r"error\[E304\]: cannot write `(run/[^`]+)`", failed.stderr)
    assert match is not None, failed.stderr
    assert not (tmp_path / match[1]).exists()
    assert not [path.name for path in (tmp_path / "run").rglob("*.partial")]
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "failed"
    assert len((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()) == 2


def test_a_second_writer_is_refused(tmp_path, call_run) -> None:
    import fcntl

    (tmp_path / "run").mkdir()
    with (tmp_path / "run" / ".rcmvae.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = call_run("--out", "run", *words())
    assert refused.returncode == 2
    assert "error[E303]: another process is writing `run`" in refused.stderr


def test_a_terminal_gets_a_bar(tmp_path) -> None:
    controller, terminal = pty.openpty()
    command = [*COMMAND, str(QUICKSTART), "--out", "run", *words()]
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "120"}
    with subprocess.Popen(
        command, cwd=tmp_path, stderr=terminal, stdout=subprocess.PIPE, env=environment
    ) as process:
        os.close(terminal)
        text = read_terminal(controller)
        assert process.wait(timeout=120) == 0
    plan = r"quickstart: [\d,]+ parameters, \d+ inputs, 100 labels, 2 epochs of \d+ steps, 1 seed"
    assert re.search(plan + r"; keeping the state of best validation \w+\r?\n", text)
    assert "seed 0" in text
    assert "2/2" in text
    assert "accuracy" in text
