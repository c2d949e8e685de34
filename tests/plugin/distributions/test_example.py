"""The worked example of a package: its wheel beside ours in a venv, where it is listed, trained and tested."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import wheels

from tests.support.wheels import ROOT, installed

EXAMPLE = ROOT / "docs" / "examples" / "rcmvae-neighbours"
SMALL = ["train.epochs=2", "encoder.dense.hidden=[8]", "backbone.dense.hidden=[8]", "figure={}"]
PARTS = {
    ("affinity", "cosine"),
    ("affinity", "gaussian"),
    ("conditioner", "low_rank"),
    ("loss", "neighbours"),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A venv with both wheels; beside it `example`, a copy of the package's folder without its code."""
    folder = tmp_path_factory.mktemp("example")
    home = installed(folder / "venv", ROOT, EXAMPLE)
    shutil.copytree(EXAMPLE, folder / "example", ignore=lambda *_: ["rcmvae_neighbours"])
    return home


def call(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return wheels.call(home, *words, cwd=home.parent / "example")


def rcmvae(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return call(home, str(home / "bin" / "rcmvae"), *words)


def test_its_parts_are_listed(home) -> None:
    listed = json.loads(rcmvae(home, "plugins", "list", "--json").stdout)["plugins"]
    mine = [row for row in listed if row["distribution"] == "rcmvae-neighbours"]
    assert {(row["kind"], row["name"]) for row in mine} == PARTS
    assert {row["version"] for row in mine} == {"0.1.0"}


def test_its_spec_is_valid_and_needs_its_own_kind(home) -> None:
    done = rcmvae(home, "validate", "spec.toml")
    assert (done.returncode, done.stdout, done.stderr) == (0, "spec.toml: valid\n", "")
    spec = (home.parent / "example" / "spec.toml").read_text()
    (home.parent / "example" / "without.toml").write_text(
        spec.replace("[affinity.gaussian]", "[affinity]").replace("bandwidth = 0.2\n", "")
    )
    done = rcmvae(home, "validate", "without.toml")
    assert done.returncode == 2
    assert "error[E201]: loss `neighbours` (`together`) requires `affinity.some`" in done.stderr
    assert "provided by: affinity `cosine`, affinity `gaussian`" in done.stderr


def test_its_spec_trains(home) -> None:
    settings = [word for value in SMALL for word in ("--set", value)]
    done = rcmvae(home, "run", "spec.toml", "--out", "run", *settings)
    assert done.returncode == 0, done.stderr
    run = home.parent / "example" / "run"
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert all(0 < row["train/together"] < 1 for row in rows)
    assert 'distribution = "rcmvae-neighbours"\nversion = "0.1.0"' in (run / "run.lock.toml").read_text()


@pytest.mark.long
def test_its_own_tests_pass(home) -> None:
    done = call(home, str(home / "bin" / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_its_readme_shows_its_spec() -> None:
    """Every line of the README's block is a line of the spec, comments apart."""
    block = (EXAMPLE / "README.md").read_text().split("```toml\n")[1].split("```")[0]
    spec = {line.split("  #")[0] for line in (EXAMPLE / "spec.toml").read_text().splitlines()}
    assert {line for line in block.splitlines() if line} <= spec
