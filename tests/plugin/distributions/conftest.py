"""A run whose plugins are those of packages that are installed from wheels, one for each kind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rcmvae_core.plugin.kinds import KINDS
from tests.plugin.distributions import lifecycle
from tests.plugin.distributions.lifecycle import SPEC

NAMES = [kind.name for kind in KINDS]
INTERRUPTED = """
import sys
from pathlib import Path
from rcmvae_core.experiment.request import RunRequest
from rcmvae_core.experiment.run import run
from rcmvae_core.plugin.discovery import discover
from rcmvae_core.spec.resolve import resolve_file
from rcmvae_core.training.loop import Interrupted
registry = discover()
epochs = []
try:
    run(RunRequest(resolve_file(Path("spec.toml"), (), registry), registry, Path("half")), lambda _: None, lambda: bool(epochs.append(0)) or len(epochs) > 1)
except Interrupted:
    sys.exit(0)
sys.exit("it was not interrupted")
"""


def run(words: list[str], home: Path, *installed: Path) -> str:
    """Run Python with packages in these folders, and return its output."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RCMVAE"))}
    paths = [*map(str, installed), *(path for path in sys.path if path)]
    variables = clean | {"PYTHONPATH": os.pathsep.join(paths), "XDG_CACHE_HOME": str(home.parent / "cache")}
    done = subprocess.run(
        [sys.executable, *words], cwd=home, env=variables, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def kinds_home(tmp_path_factory) -> Path:
    """A folder with the packages of all kinds, each installed in `site-KIND`, and a trained and an interrupted run."""
    home = tmp_path_factory.mktemp("lifecycle")
    for kind in NAMES:
        lifecycle.package(kind, home / "sources" / kind)
    lifecycle.install_each({home / "sources" / kind: home / f"site-{kind}" for kind in NAMES})
    work = home / "work"
    work.mkdir()
    (work / "spec.toml").write_text(SPEC)
    np.save(work / "inputs.npy", np.random.default_rng(0).random((5, 2), np.float32))
    sites = [home / f"site-{kind}" for kind in NAMES]
    run(["-m", "rcmvae_core", "run", "spec.toml", "--out", "run"], work, *sites)
    run(["-m", "rcmvae_core", "export", "run", "-o", "export"], work, *sites)
    run(["-c", INTERRUPTED], work, *sites)
    return home
