"""Several devices and several processes train one model to the same numbers."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

RCMVAE = str(Path(sys.executable).with_name("rcmvae"))
QUICKSTART = Path(__file__).parents[2] / "experiments" / "quickstart.toml"
SETTINGS = ["latent.channels=4", "encoder.dense.hidden=[16]", "backbone.dense.hidden=[16]", "train.epochs=4",
            "train.checkpoint_seconds=0", "figure={}", "metric={}", "score={}"]  # fmt: skip
WORDS = ["run", str(QUICKSTART), *(word for setting in SETTINGS for word in ("--set", setting))]


def environment(devices: int) -> dict[str, str]:
    return os.environ | {
        "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={devices}"
    }


@pytest.fixture(scope="module")
def single_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("single")
    done = subprocess.run(
        [RCMVAE, *WORDS, "--out", "run"], cwd=folder, env=environment(1), text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return rows(folder / "run")


def rows(run: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def assert_close(actual, expected) -> None:
    assert [row["step"] for row in actual] == [row["step"] for row in expected]
    for ours, theirs in zip(actual, expected, strict=True):
        assert ours == pytest.approx(theirs, rel=2e-3, abs=2e-3)


@pytest.mark.long  # two processes, below, share a batch in the same way
def test_four_devices_share_a_batch(tmp_path, single_run):
    done = subprocess.run(
        [RCMVAE, *WORDS, "--out", "run"], cwd=tmp_path, env=environment(4), text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert_close(rows(tmp_path / "run"), single_run)
    record = next((tmp_path / "run" / "checkpoints" / "seed-0").glob("*.json"))
    assert json.loads(record.read_text())["facts"]["devices"] == 4


def test_a_batch_that_cannot_be_shared_is_refused(tmp_path):
    words = [*WORDS, "--set", "train.batch_size=62", "--out", "run"]
    refused = subprocess.run(
        [RCMVAE, *words],
        cwd=tmp_path,
        env=environment(4),
        text=True,
        capture_output=True,
        check=False,
    )
    assert refused.returncode == 2
    assert "`train.batch_size` is 62, which 4 devices cannot share equally" in refused.stderr


def start_pair(folder: Path, *more: str) -> list[subprocess.Popen[str]]:
    """Two processes on the loopback, with a device each."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    return [
        subprocess.Popen(
            [RCMVAE, *WORDS, "--out", "run", "--coordinator-address", address, "--num-processes", "2", "--process-id", str(i), *more],
            cwd=folder, env=environment(1), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for i in (0, 1)
    ]  # fmt: skip


def test_two_processes_train_one_model_and_the_first_writes(tmp_path, single_run):
    pair = start_pair(tmp_path)
    outputs = [process.communicate(timeout=300) for process in pair]
    assert [process.returncode for process in pair] == [0, 0], outputs
    assert_close(rows(tmp_path / "run"), single_run)
    assert outputs[0][0].splitlines()[-1] == "report: run/report.html"
    assert outputs[1][0] == ""


ENDLESS = "--set", "train.epochs=4000"


@pytest.fixture(scope="module")
def lost_process(tmp_path_factory):
    """The folder of a run of two processes of which one was killed, and the exit code and stderr of the other."""
    folder = tmp_path_factory.mktemp("lost")
    pair = start_pair(folder, *ENDLESS)
    metrics, deadline = folder / "run" / "metrics.jsonl", time.monotonic() + 200
    while (
        not (metrics.exists() and len(metrics.read_text().splitlines()) >= 5) and time.monotonic() < deadline
    ):
        time.sleep(0.05)
    pair[1].kill()
    _, errors = pair[0].communicate(timeout=120)
    pair[1].communicate()
    return folder, pair[0].returncode, errors


def test_a_lost_process_ends_the_run_with_an_error(lost_process):
    folder, code, errors = lost_process
    assert code == 1, errors
    assert "error[E403]: a process of this run is lost" in errors
    assert "start all processes again with --resume" in errors
    assert "Traceback" not in errors
    assert json.loads((folder / "run" / "status.json").read_text())["state"] == "failed"


@pytest.mark.long
def test_after_a_loss_both_resume_and_ctrl_c_ends_them(lost_process, single_run):
    folder = lost_process[0]
    metrics = folder / "run" / "metrics.jsonl"
    pair = start_pair(folder, *ENDLESS, "--resume")
    before = len(metrics.read_text().splitlines())
    deadline = time.monotonic() + 200
    while len(metrics.read_text().splitlines()) < before + 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    pair[0].send_signal(signal.SIGINT)
    outputs = [process.communicate(timeout=120) for process in pair]
    assert [process.returncode for process in pair] == [130, 130], outputs
    assert "resumed after epoch" in outputs[0][1]
    assert_close(rows(folder / "run")[:1], single_run[:1])


def test_a_process_id_out_of_range_is_refused(tmp_path):
    words = ["--coordinator-address", "127.0.0.1:1", "--num-processes", "2", "--process-id", "5"]
    refused = subprocess.run(
        [RCMVAE, *WORDS, "--out", "run", *words], cwd=tmp_path, text=True, capture_output=True, check=False
    )
    assert refused.returncode == 2
    assert "error[E404]" in refused.stderr
