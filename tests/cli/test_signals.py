"""A signal ends every command as it ends `run`: with exit code 130, and without a traceback or half a result."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from rcmvae_core.runtime import signals
from tests.support.commands import QUICKSTART

SETTINGS = [
    "latent.channels=4", "encoder.dense.hidden=[16]", "backbone.dense.hidden=[16]", "train.epochs=2", "figure={}",
]  # fmt: skip
WORDS = [word for setting in SETTINGS for word in ("--set", setting)]
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
VERBS = {
    "export": ["export", "run", "-o", "out"],
    "sample": ["sample", "run", "-o", "out"],
    "predict": ["predict", "run", "--split", "test", "-o", "out.csv"],
    "evaluate": ["evaluate", "run", "-o", "out"],
    "suggest": ["suggest", "run"],
    "label": ["label", "run", "assign", "--as", "1", "--index", "3"],
    "resume": ["resume", "half"],
    "run": ["run", str(QUICKSTART), "--out", "out", *WORDS],
    "learn": ["learn", "run", "--out", "out", "--epochs", "2"],
    "active": ["active", str(QUICKSTART), "-o", "out", "--rounds", "1", *WORDS],
    "dry-run": ["run", str(QUICKSTART), "--dry-run"],
    "validate": ["validate", str(QUICKSTART)],
    "validate-data": ["validate", str(QUICKSTART), "--data"],
    "plugins-check": ["plugins", "check", "film"],
    "doctor": ["plugins", "doctor", "--import"],
}
FEW = ("export", "label", "validate-data")


class Ended(NamedTuple):
    """How a process ended."""

    code: int
    stderr: str
    seconds: float


NOHUP = ["bash", "-c", """trap '' HUP && exec "$@\"""", "bash"]


def start(words: list[str], cwd: Path, *, before: list[str] | None = None) -> subprocess.Popen[str]:
    command = [*(before or []), sys.executable, "-m", "rcmvae_core", *words]
    return subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_handlers(process: subprocess.Popen[str]) -> None:
    """Wait until the process handles SIGTERM, because a signal before that ends Python itself."""
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        _, _, caught = status.read_text().partition("SigCgt:")
        if int(caught.split()[0], 16) & 1 << (signal.SIGTERM - 1):
            return
        time.sleep(0.001)


def end(words: list[str], cwd: Path, numbers: tuple[signal.Signals, ...], seconds: float, **options) -> Ended:
    """Start a command, send it signals after some seconds, and wait for its end."""
    with start(words, cwd, **options) as process:
        wait_for_handlers(process)
        begun = time.monotonic()
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            for number in numbers:
                process.send_signal(number)
                time.sleep(0.05)
        _, stderr = process.communicate(timeout=120)
    return Ended(process.returncode, stderr, time.monotonic() - begun)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with a trained run, and one that was stopped in the middle."""
    cwd = tmp_path_factory.mktemp("signals")
    done = end(["run", str(QUICKSTART), "--out", "run", *WORDS], cwd, (), 120)
    assert done.code == 0, done.stderr
    return cwd


def stop_in_the_middle(cwd: Path) -> None:
    more = ["--set", "train.epochs=60", "--set", "train.checkpoint_seconds=0"]
    with start(["run", str(QUICKSTART), "--out", "half", *WORDS, *more], cwd) as process:
        while not (cwd / "half" / "metrics.jsonl").exists() and process.poll() is None:
            time.sleep(0.01)
        process.terminate()
        _, stderr = process.communicate(timeout=120)
    assert process.returncode == 130, stderr


def check(ended: Ended) -> None:
    assert ended.code in (0, 130), ended.stderr  # 0 if it was done before the signal
    assert "Traceback" not in ended.stderr, ended.stderr
    assert "Exception ignored" not in ended.stderr, ended.stderr


def duration(verb: str, cwd: Path) -> float:
    """Return the seconds that a verb needs, in a folder of its own."""
    done = end(VERBS[verb], cwd, (), 300)
    assert done.code == 0, done.stderr
    return done.seconds


def copy(folder: Path, cwd: Path, verb: str) -> Path:
    cwd.mkdir(exist_ok=True)
    (cwd / "run").symlink_to(folder / "run")
    if verb == "resume":
        stop_in_the_middle(cwd)
    return cwd


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("verb", FEW)
def test_a_signal_ends_a_verb(verb, number, folder, tmp_path) -> None:
    cwd = copy(folder, tmp_path / "one", verb)
    ended = end(VERBS[verb], cwd, (number,), 0.1)
    check(ended)
    assert ended.code == 130
    assert not [path.name for path in cwd.iterdir() if path.name.startswith("out")]


@pytest.mark.long
@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("verb", VERBS)
def test_a_signal_at_any_moment(verb, number, folder, tmp_path) -> None:
    seconds = duration(verb, copy(folder, tmp_path / "whole", verb))
    moments = 8
    for moment in range(moments):
        cwd = copy(folder, tmp_path / str(moment), verb)
        check(end(VERBS[verb], cwd, (number,), (seconds + 0.2) * moment / (moments - 1)))


@pytest.mark.long
@pytest.mark.parametrize("verb", VERBS)
def test_two_signals_end_a_verb_at_once(verb, folder, tmp_path) -> None:
    seconds = duration(verb, copy(folder, tmp_path / "whole", verb))
    for moment in (0.2, 0.5, 0.8):
        cwd = copy(folder, tmp_path / str(moment), verb)
        ended = end(VERBS[verb], cwd, (signal.SIGINT, signal.SIGTERM), moment * seconds)
        check(ended)
        assert ended.seconds < moment * seconds + 5


def test_nohup(folder, tmp_path) -> None:
    cwd = copy(folder, tmp_path / "one", "validate-data")

    ended = end(VERBS["validate-data"], cwd, (signal.SIGHUP,), 0.5, before=NOHUP)
    assert ended.code == 0, ended.stderr


def test_a_lost_terminal_saves_the_run(tmp_path) -> None:
    words = ["run", str(QUICKSTART), "--out", "run", *WORDS, "--set", "train.epochs=100000"]
    with start(words, tmp_path) as process:
        while not (tmp_path / "run" / "metrics.jsonl").exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGHUP)
        _, stderr = process.communicate(timeout=120)
    assert process.returncode == 130, stderr
    assert stderr.splitlines()[-1] == "resume with: rcmvae resume run"
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "interrupted"


SWALLOWED = """
import os, signal, sys, time
from rcmvae_core.cli import main
from rcmvae_core.cli.commands import explain

class Ignoring:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        sum(range(1000))

def work(options):
    {work}
    return 0

explain.main = work
sys.argv[1:] = ["explain", "E201"]
code = main.main()
print("still here")
sys.exit(code)
"""


@pytest.mark.parametrize(
    ("work", "code"),
    [
        ("Ignoring(); time.sleep(5); print('not repeated')", 130),
        ("\n    try:\n        os.kill(os.getpid(), signal.SIGTERM)\n    except BaseException: pass", 130),
        ("\n    try:\n        os.kill(os.getpid(), 2)\n    except BaseException: raise ValueError", 130),
    ],
)
def test_an_interruption_is_not_lost_in_code_that_catches_it(work, code, tmp_path) -> None:
    source = SWALLOWED.format(work=work)
    done = subprocess.run([sys.executable, "-c", source], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "still here\n")


def test_a_signal_after_the_work_keeps_its_exit_code() -> None:
    source = (
        "import os, signal, sys\nfrom rcmvae_core.cli.main import main\nsys.argv[1:] = ['explain', 'E201']\n"
        "code = main()\nos.kill(os.getpid(), signal.SIGTERM)\nsum(range(1000))\nsys.exit(7)"
    )
    done = subprocess.run([sys.executable, "-c", source], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("# E201")


class ExtensionFileLoader:
    """Named as Python's loader of compiled modules, whose frames are recognized by their names."""

    def exec_module(self) -> bool:
        def of_the_module() -> bool:
            return signals._is_loading_extension(sys._getframe())

        return of_the_module()


def test_no_exception_is_raised_while_a_compiled_module_is_loaded() -> None:
    """Some of JAX's abort at one."""
    assert ExtensionFileLoader().exec_module()
    assert not signals._is_loading_extension(sys._getframe())
