"""A small run, and `rcmvae explore` on it in a process of its own that tests may kill and start again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rcmvae_core.cli.main import main
from tests.browser.conftest import QUICKSTART, SMALL
from tests.support.table_run import settings

_START_SECONDS = 120


class Served:
    """The process that serves the page of a run.

    Args:
        run: a folder that this process may write to.
        words: further arguments of `rcmvae explore`.

    Attributes:
        url: with its token; the same one after a restart.
    """

    def __init__(self, run: Path, *words: str) -> None:
        self._run, self._words = run, words
        token = run.parent / "token"
        token.write_text("t" * 43, encoding="utf-8")
        token.chmod(0o600)
        self._token, self._port = token, "0"
        self.start()

    def start(self) -> None:
        """Start it and wait for its URL.

        Raises:
            RuntimeError: if it ends before.
        """
        options = ("--port", self._port, "--no-open", "--token-file", str(self._token), *self._words)
        log = (self._run.parent / "explore.log").open("a", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rcmvae_core", "explore", str(self._run), *options],
            stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        log.close()
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line.startswith("http"):
            raise RuntimeError((self._run.parent / "explore.log").read_text(encoding="utf-8")[-2000:])
        self.url = line
        self._port = line.split("/")[2].rsplit(":", 1)[1]

    def kill(self) -> None:
        """End it without any warning, as a crash would."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._close()

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            deadline = time.monotonic() + 20
            while self._process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
        if self._process.poll() is None:
            self.kill()
        self._close()

    def _close(self) -> None:
        if self._process.stdout is not None:
            self._process.stdout.close()


@pytest.fixture(scope="session")
def small_run(tmp_path_factory) -> Path:
    """A run on pictures of digits, hardly trained."""
    folder = tmp_path_factory.mktemp("explored")
    words = [*SMALL, *settings("figure={}", "metric={}")]
    assert main(["run", str(QUICKSTART), "--out", str(folder / "run"), *words]) == 0
    return folder / "run"


@pytest.fixture(scope="module")
def explored(small_run, tmp_path_factory) -> Iterator[Served]:
    """`rcmvae explore` on a copy of the small run, for the tests of a module."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(small_run, folder / "run")
    served = Served(folder / "run")
    yield served
    served.stop()


@pytest.fixture
def explore(small_run, tmp_path) -> Iterator[Callable[..., Served]]:
    """Starts `rcmvae explore` on a copy of the small run, with further arguments, for one test."""
    started: list[Served] = []

    def start(*words: str) -> Served:
        folder = tmp_path / f"served-{len(started)}"
        shutil.copytree(small_run, folder / "run")
        started.append(Served(folder / "run", *words))
        return started[-1]

    yield start
    for served in started:
        served.stop()
