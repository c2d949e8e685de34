"""A small trained run of two seeds, shared by all tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from rcmvae_core.cli.main import main
from rcmvae_core.inference.load import load
from rcmvae_core.inference.trained_model import TrainedModel

QUICKSTART = Path(__file__).parents[1] / "support" / "quickstart.toml"
SMALL = (
    "seeds=[3, 1]", "latent.channels=6", "latent.dim=2", "encoder.dense.hidden=[16]", "backbone.dense.hidden=[16]",
    "head=heteroscedastic", "train.epochs=2", "figure.loss_curves={}",
)  # fmt: skip


@pytest.fixture(scope="session")
def run(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "one"
    settings = [argument for value in SMALL for argument in ("--set", value)]
    arguments = ["run", str(QUICKSTART), *settings, "--out", str(folder)]
    done = subprocess.run(
        [sys.executable, "-m", "rcmvae_core", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def trained(run) -> TrainedModel:
    return load(run)


@pytest.fixture(scope="session")
def digits() -> np.ndarray:
    """The inputs as the run's data set stores them, [N 8 8 1]."""
    return load_digits().images.astype(np.uint8)[..., None]


@pytest.fixture(scope="session")
def published(run, tmp_path_factory) -> Path:
    """The run, exported by `rcmvae export`."""
    folder = tmp_path_factory.mktemp("published") / "out"
    assert main(["export", str(run), "-o", str(folder)]) == 0
    return folder
