"""Fixtures and functions that call the command `rcmvae` and read what it writes."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rcmvae_core.cli.main import main

QUICKSTART = Path(__file__).parents[1] / "support" / "quickstart.toml"
Done = subprocess.CompletedProcess[str]


def read_terminal(controller: int) -> str:
    """Return everything that was written to a pseudo-terminal until it was closed, and close its other end.

    One read may return a part of it only.
    """
    output = b""
    while True:
        try:
            chunk = os.read(controller, 4096)
        except OSError:  # how Linux reports that the terminal was closed
            chunk = b""
        if not chunk:
            os.close(controller)
            return output.decode()
        output += chunk


@pytest.fixture
def rcmvae(tmp_path, monkeypatch, capfd) -> Callable[..., Done]:
    """Calls the command in an empty folder, within this process."""

    def run(*words: object, plugins: str | None = None) -> Done:
        command = [*map(str, words)]
        collecting = gc.isenabled()
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            for name in [name for name in os.environ if name.startswith("RCMVAE_")]:
                patch.delenv(name)
            if plugins is not None:
                patch.setenv("RCMVAE_PLUGINS", plugins)
            code = main(command)
        if collecting:
            gc.enable()
        return Done(command, code, *capfd.readouterr())

    return run


@pytest.fixture
def process(tmp_path) -> Callable[..., Done]:
    """Calls the command in an empty folder, in a new process; plugins can be imported from `path`."""

    def run(*words: object, plugins: str | None = None, path: Path | None = None) -> Done:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("RCMVAE_")}
        environment |= {"RCMVAE_PLUGINS": plugins} if plugins is not None else {}
        if path is not None:
            folders = [str(path), *filter(None, [os.environ.get("PYTHONPATH")])]
            environment |= {"PYTHONPATH": os.pathsep.join(folders)}
        command = [sys.executable, "-W", "error", "-m", "rcmvae_core", *map(str, words)]
        return subprocess.run(
            command, capture_output=True, check=False, cwd=tmp_path, env=environment, encoding="utf-8"
        )

    return run


@pytest.fixture
def spec(tmp_path) -> Path:
    """A spec of a few lines that extends the quickstart."""
    path = tmp_path / "spec.toml"
    path.write_text(f'extends = ["{QUICKSTART}"]\n[latent]\ndim = 3\n', encoding="utf-8")
    return path


@pytest.fixture
def guest(tmp_path) -> Callable[[str], Path]:
    """Installs a distribution of plugins in a folder for PYTHONPATH."""

    def install(body: str) -> Path:
        folder = tmp_path / "site"
        information = folder / "my_gates-1.2.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text("Metadata-Version: 2.1\nName: my-gates\nVersion: 1.2\n")
        (information / "entry_points.txt").write_text("[rcmvae.plugins.v1]\ngates = my_gates\n")
        (folder / "my_gates.py").write_text(body)
        return folder

    return install
