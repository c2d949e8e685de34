"""`watch` follows runs of other processes, whatever becomes of the run, of the terminal or of its own reader."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rcmvae_core.cli.main import main
from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.rundir.writer_lock import is_written
from tests.cli.test_imports import HEAVY, PROBE
from tests.support.commands import QUICKSTART, read_terminal

COMMAND = (sys.executable, "-m", "rcmvae_core")
SETTINGS = ("latent.channels=4", "encoder.dense.hidden=[16]", "backbone.dense.hidden=[16]", "figure={}", "score={}", "train.epochs=60",
            "train.checkpoint_seconds=0")  # fmt: skip
WORDS = [word for setting in SETTINGS for word in ("--set", setting)]
FAST = ("--interval", "0.05")
SPEC = 'name = "digits"\nseeds = [0, 1]\n[train]\nepochs = 10\n'
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Writer(RunDirectory):
    """A run directory that is written by this process, as a run writes it."""

    def begin(self) -> None:
        self.write_text("spec.toml", SPEC)
        self.write_status("running", epoch=0, monitor="elbo")

    def add(self, seed: int, *epochs: int) -> None:
        for epoch in epochs:
            row = {
                "seed": seed,
                "epoch": epoch,
                "step": 5 * epoch,
                "train/total": 1.0 / epoch,
                "validation/elbo": -1.5,
            }
            self.append_metrics(row, seed, 5 * epoch)
            self.write_status("running", seed=seed, epoch=epoch, monitor="elbo", epoch_seconds=2.0)


@contextmanager
def watching(*words: object, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Watch in another process, which is ended with the block."""
    command = [*COMMAND, "watch", *map(str, words), *FAST]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def lines_of(process: subprocess.Popen[str]) -> Iterator[Any]:
    assert process.stdout is not None
    yield from map(json.loads, process.stdout)


def read_until(process: subprocess.Popen[str], accepts: Callable[[Any], bool]) -> Any:
    return next(line for line in lines_of(process) if accepts(line))


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, error = process.communicate(timeout=60)
    assert "Traceback" not in error
    return process.returncode, out, error


@pytest.fixture
def writer(tmp_path) -> Iterator[Writer]:
    with Writer(tmp_path / "run") as opened:
        opened.begin()
        yield opened


def test_a_run_that_is_killed_and_then_resumed(tmp_path) -> None:
    run = tmp_path / "run"
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with (
        watching(run, "--json") as watch,
        subprocess.Popen([*COMMAND, "run", str(QUICKSTART), "--out", str(run), *WORDS], **silent) as training,
    ):
        line = read_until(watch, lambda line: line["epoch"] > 1)
        assert (line["state"], line["seeds"], line["epochs"], line["monitor"]) == (
            "running",
            [0],
            60,
            "balanced_accuracy",
        )
        assert line["epoch_seconds"] > 0
        assert any(warning.startswith("W409") for warning in line["warnings"])
        training.send_signal(signal.SIGKILL)
        training.wait()
        *_, last = lines_of(watch)
        assert last["state"] == "dead"
        assert "process is gone" in last["reason"]
        assert end(watch)[0] == 1
    with subprocess.Popen([*COMMAND, "resume", str(run)], **silent) as training:
        while not is_written(run):
            assert training.poll() is None
            time.sleep(0.01)
        with watching(run) as watch:
            code, out, _ = end(watch)
    assert code == 0
    assert re.search(r"^seed 0, epoch 60 of 60  loss ", out, re.MULTILINE)
    assert "quickstart: done\n" in out
    assert out.splitlines()[-1] == f"report: {run / 'report.html'}"
    assert "\x1b" not in out


def test_watching_imports_nothing_heavy(writer) -> None:
    writer.write_status("done")
    words = [sys.executable, "-c", PROBE, "watch", str(writer.path)]
    done = subprocess.run(words, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.partition("loaded ")[2].split())
    assert "rich" in loaded
    assert not HEAVY & loaded


def test_rows_are_dropped_and_added_while_watching(writer) -> None:
    with watching(writer.path, "--json") as watch:
        writer.add(0, 1, 2, 3)
        assert read_until(watch, lambda line: line["epoch"] == 3)["seconds_left"] == 2.0 * 17
        with (writer.path / "metrics.jsonl").open("a") as file:
            file.write('{"seed": 0, "epoch": 4')
        writer.truncate_metrics({0: 5})
        assert read_until(watch, lambda line: line["epoch"] == 1)["epochs_done"] == 1
        writer.add(0, 2)
        assert read_until(watch, lambda line: line["epoch"] == 2)["metrics"]["train/total"] == 0.5
        writer.write_status("failed", reason="E401: not finite")
        writer.close()
        assert read_until(watch, lambda line: line["state"] == "failed")["reason"] == "E401: not finite"
        assert end(watch)[:2] == (1, "")


def test_waiting_for_a_run_to_begin(tmp_path, capfd) -> None:
    with watching(tmp_path / "runs" / "new", "--json") as watch:
        assert watch.stderr is not None
        assert watch.stderr.readline() == f"waiting for a run in {tmp_path / 'runs' / 'new'}\n"
        with Writer(tmp_path / "runs" / "new") as writer:
            writer.write_text("spec.toml", SPEC)
            assert next(lines_of(watch))["state"] == "starting"
            writer.begin()
            writer.write_status("interrupted", reason="stopped")
        assert read_until(watch, lambda line: line["state"] == "interrupted")
        assert end(watch)[0] == 1
    nowhere = ["watch", str(tmp_path / "nowhere"), "--timeout", "0"]
    assert main(nowhere) == main([*nowhere, "--json"]) == 2
    assert json.loads(capfd.readouterr().out)["code"] == "E475"
    assert main(nowhere) == 2
    assert "error[E475]: no run has begun in " in capfd.readouterr().err


@pytest.mark.parametrize("option", ["--interval", "--timeout"])
@pytest.mark.parametrize("value", ["-1", "nan", "1e9", "x"])
def test_seconds_are_numbers_in_a_range(option, value, capfd) -> None:
    assert main(["watch", "nowhere", option, value]) == 2
    assert "seconds, got" in capfd.readouterr().err


def test_runs_under_a_folder(tmp_path) -> None:
    runs = tmp_path / "runs"
    with Writer(runs / "old") as old:
        old.begin()
        old.write_status("failed", reason="before")
    with Writer(runs / "a") as first, Writer(runs / "b") as second:
        first.begin()
        second.begin()
        with watching(runs, "--timeout", "0") as watch:
            assert watch.stdout is not None
            seen = {watch.stdout.readline() for _ in range(3)}
            first.add(0, 1)
            assert watch.stdout.readline().startswith(
                f"{runs / 'a'}: seed 0 (1 of 2), epoch 1 of 10  loss 1  elbo -1.5"
            )
            first.write_status("done")
            second.write_status("done")
            code, out, _ = end(watch)
    assert seen == {
        f"{runs / 'a'}: digits: running, 2 seeds of 10 epochs\n",
        f"{runs / 'b'}: digits: running, 2 seeds of 10 epochs\n",
        f"{runs / 'old'}: digits: failed\n",
    }
    assert f"{runs / 'b'}: digits: done" in out
    assert code == 0


def test_a_run_under_a_folder_that_fails(tmp_path) -> None:
    with Writer(tmp_path / "runs" / "a") as writer:
        writer.begin()
        with watching(tmp_path / "runs", "--timeout", "0", "--json") as watch:
            assert next(lines_of(watch))["state"] == "running"
            writer.close()
            assert next(lines_of(watch))["state"] == "dead"
            assert end(watch)[0] == 1


def on_a_terminal(writer: Writer, columns: int, *words: str, **environment: str) -> tuple[int, str]:
    """Watch on a terminal until the run is done.

    Args:
        writer: of the run.
        columns: of the terminal.
        words: of the command, instead of the run directory.
        environment: of the command, beside a terminal with colours.

    Returns:
        The exit code and the output.
    """
    controller, terminal = pty.openpty()
    settings = {"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "30", **environment}
    command = [*COMMAND, "watch", *(words or [str(writer.path)]), *FAST]
    with subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env={**os.environ, **settings}
    ) as process:
        os.close(terminal)
        output = ""
        while "epoch" not in output:  # control codes may come before the first lines
            output += os.read(controller, 4096).decode()
        writer.write_status("done", warnings=["W402, seed 0: collapsed"])
        output += read_terminal(controller)
    return process.returncode, output


@pytest.mark.parametrize("columns", [40, 200])
def test_a_terminal(writer, columns) -> None:
    writer.add(0, *range(1, 9))
    code, output = on_a_terminal(writer, columns)
    assert code == 0
    assert COLOUR.search(output)
    text = CONTROL.sub("\n", COLOUR.sub("", output)).replace("\r", "")
    drawn, _, shown = text.partition("digits: done")
    assert max(map(len, drawn.split("\n"))) <= columns
    assert "seed 0 (1 of 2), epoch 8 of 10  " in drawn
    assert "40%\n" in drawn
    assert re.search(r"loss +0\.125 +█", drawn)
    assert "warning W402 (seed 0): collapsed\n" in drawn
    assert shown.startswith(" since ")
    assert output.rindex("\x1b[?25h") > output.rindex("\x1b[?25l")


def test_a_folder_on_a_terminal(writer) -> None:
    writer.add(0, 1)
    code, output = on_a_terminal(writer, 60, str(writer.path.parent), "--timeout", "0")
    text = CONTROL.sub("\n", COLOUR.sub("", output)).replace("\r", "")
    assert code == 0
    assert re.search(r"^running +\.\.\.[^ ]+/run  seed 0 \(1 of 2\), epoch", text, re.MULTILINE)
    assert re.search(r"^done ", text, re.MULTILINE)
    assert max(map(len, text.split("\n"))) <= 60


def test_a_terminal_without_blocks(writer) -> None:
    writer.add(0, *range(1, 9))
    _, output = on_a_terminal(writer, 80, PYTHONIOENCODING="ascii")
    assert output.isascii()
    assert re.search(r"loss +0\.125 +@", COLOUR.sub("", output))


def test_no_colour(writer) -> None:
    writer.add(0, 1)
    code, output = on_a_terminal(writer, 80, NO_COLOR="1")
    assert code == 0
    assert not COLOUR.search(output)
    assert CONTROL.search(output)
    writer.begin()
    assert "\x1b" not in on_a_terminal(writer, 80, TERM="dumb")[1]


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_a_reader_that_has_left_ends_it(writer, words) -> None:
    """The run goes further, and nothing more is written."""
    with watching(writer.path, *words) as watch:
        assert watch.stdout is not None
        assert watch.stdout.readline()
        watch.stdout.close()
        assert watch.wait(timeout=60) == 0
        assert watch.stderr is not None
        assert watch.stderr.read() == ""


def test_a_full_disk_ends_it(writer) -> None:
    command = [*COMMAND, "watch", str(writer.path), *FAST]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
    assert done.returncode == 1
    assert "error[E460]" in done.stderr


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_an_interruption(writer, words) -> None:
    with watching(writer.path, *words) as watch:
        assert watch.stdout is not None
        assert watch.stdout.readline()
        watch.send_signal(signal.SIGINT)
        code, _, error = end(watch)
    assert (code, error) == (130, "")


def test_an_interruption_on_a_terminal_leaves_its_cursor(writer) -> None:
    controller, terminal = pty.openpty()
    command = [*COMMAND, "watch", str(writer.path), *FAST]
    with subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=os.environ | {"TERM": "xterm"}
    ) as process:
        os.close(terminal)
        output = ""
        while "running" not in output:
            output += os.read(controller, 4096).decode()
        process.send_signal(signal.SIGINT)
        output += read_terminal(controller)
    assert process.returncode == 130
    assert "Traceback" not in output
    assert output.rindex("\x1b[?25h") > output.rindex("\x1b[?25l")


@pytest.mark.parametrize("status", ["", "[]", '{"state": "over"}', '{"state": "done", "epoch": "\x1b[2J"}'])
def test_a_status_that_cannot_be_read_ends_it(status, tmp_path, capfd) -> None:
    with Writer(tmp_path / "run") as writer:
        writer.begin()
    (tmp_path / "run" / "status.json").write_text(status)
    assert main(["watch", str(tmp_path / "run")]) == 1
    out = capfd.readouterr().out
    assert "digits: unknown" in out
    assert "\x1b" not in out
