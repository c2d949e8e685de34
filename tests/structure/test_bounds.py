"""The versions that are declared: every dependency has a bound, and the lowest set and the newest one work."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.lowest_bounds import PYPROJECT, lowest
from tests.support.wheels import ROOT, build, environment

# What needs a whole environment of its own beside these, or is about text alone.
LEFT_OUT = ["tests/benchmarks", "tests/cli", "tests/plugin/distributions", "tests/structure", "tests/testing"]


def test_each_dependency_has_one_lower_bound() -> None:
    lines = lowest(PYPROJECT.read_text(encoding="utf-8"))
    assert {Requirement(line).name for line in lines} >= {"jax", "flax", "optax", "attrs", "cattrs"}
    assert all(line.count("==") == 1 for line in lines)


def test_a_dependency_without_a_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="`jax` must have one lower bound"):
        lowest('[project]\ndependencies = ["jax"]')


@pytest.fixture(scope="module", params=["lowest", "newest"])
def home(request, tmp_path_factory) -> Path:
    """A venv with our wheel and one end of the versions that it allows."""
    folder = tmp_path_factory.mktemp(request.param)
    constraints = folder / "constraints.txt"
    lines = lowest(PYPROJECT.read_text(encoding="utf-8")) if request.param == "lowest" else []
    constraints.write_text("\n".join(lines) + "\n", encoding="utf-8")
    venv.create(folder / "venv", symlinks=True, with_pip=False)
    python = folder / "venv" / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--upgrade"]
    wheel = build(ROOT, folder / "wheels")
    subprocess.run([*install, "--constraint", str(constraints), f"{wheel}[test]"], check=True)
    return folder / "venv"


@pytest.mark.long
@pytest.mark.versions
def test_the_quickstart_runs(home, tmp_path) -> None:
    def rcmvae(*words: str) -> str:
        command = [str(home / "bin" / "rcmvae"), *words]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=tmp_path, env=environment(home)
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    quickstart = str(ROOT / "experiments" / "quickstart.toml")
    rcmvae("run", quickstart, "--set", "train.epochs=20", "--out", "run")
    assert json.loads(rcmvae("evaluate", "run", "--json"))["accuracy"] > 0.8
    rcmvae("export", "run", "-o", "exported")
    rcmvae("sample", "run", "-o", "samples.png")


@pytest.mark.long
@pytest.mark.versions
def test_the_tests_of_the_core_pass(home) -> None:
    ignored = [word for folder in LEFT_OUT for word in ("--ignore", folder)]
    command = [str(home / "bin" / "python"), "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile"]
    done = subprocess.run([*command, "-m", "not long and not data", *ignored], check=False, cwd=ROOT)
    assert done.returncode == 0
