"""A folder with a table, a spec that reads it, and its run, on which commands are called."""

from __future__ import annotations

import csv
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rcmvae_core.cli.main import main

SMALL = (
    "train.epochs=2", "latent.channels=3", "latent.dim=2", "encoder.dense.hidden=[8]", "backbone.dense.hidden=[8]",
    "figure={}", "score={}",
)  # fmt: skip


def settings(*values: str) -> list[str]:
    return [word for value in values for word in ("--set", value)]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table, a spec that reads it by a relative path, and its run."""
    folder = tmp_path_factory.mktemp("outputs")
    rng = np.random.default_rng(0)
    with (folder / "data.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("a", "b", "c", "kind"))
        for row in range(90):
            writer.writerow((*rng.normal(row % 3, 0.3, 3).round(4), "xyz"[row % 3]))
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert main(["new", "spec", "spec.toml", "--from", "data.csv", "--label", "kind"]) == 0
        assert main(["run", "spec.toml", "--out", "run", *settings(*SMALL)]) == 0
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def here(trained, tmp_path, monkeypatch) -> Path:
    """A copy of the folder, with a second table, a folder of tables, and an old file of flags."""
    folder = tmp_path / "here"
    shutil.copytree(trained, folder)
    monkeypatch.chdir(folder)
    shutil.copy("data.csv", "new.csv")
    Path("flags.yaml").write_text("latent_dim: 2\n")
    return folder


@pytest.fixture
def fails(capfd) -> Callable[..., str]:
    """Calls a command that must be refused with one error, and returns its code."""

    def call(*words: str) -> str:
        capfd.readouterr()
        code = main(words)
        errors = capfd.readouterr().err
        codes = re.findall(r"error\[(\w+)\]", errors)
        assert (code, len(set(codes))) == (2, 1), errors
        assert "Traceback" not in errors
        return codes[0]

    return call


def content(folder: Path) -> dict[str, bytes]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
