"""A simulated run for the tests of trackers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rcmvae_core.plugin.protocols import TrackedRun, Tracker

SPEC: dict[str, Any] = {
    "rcmvae": "==0.1.0",
    "name": "film",
    "seeds": [0, 1],
    "latent": {"channels": 10, "layout": "shared"},
    "conditioner": {"none": {}},
    "loss": {"kl_z": {"weight": {"linear": {"start": 0.0, "end": 1.0}}, "kl_latent": {}}},
    "train": {"epochs": 3, "checkpoint_every": "1.0 epochs"},
}
EPOCHS, STEPS = 3, 10


def begun(folder: Path, previous: str | None = None) -> TrackedRun:
    """Return a run in `folder/runs/film-1`."""
    place = folder / "runs" / "film-1"
    place.mkdir(parents=True, exist_ok=True)
    return TrackedRun("film", place, SPEC, (0, 1), previous)


def loss(seed: int, epoch: int) -> float:
    return 10.0 * (seed + 1) / epoch


def train(tracker: Tracker, seed: int, *, first: int = 1, last: int = EPOCHS) -> None:
    """Report the epochs of a seed."""
    for epoch in range(first, last + 1):
        metrics = {"train/total": loss(seed, epoch), "validation/accuracy": 0.1 * epoch}
        tracker.epoch(seed, epoch, STEPS * epoch, metrics)


def judged(seed: int) -> dict[str, Any]:
    return {
        "seed": seed,
        "validation": {"elbo": -9.5},
        "test": {"accuracy": 0.5 + 0.25 * seed},
        "epochs": EPOCHS,
    }


SUMMARY: dict[str, Any] = {
    "name": "film",
    "parameters": 1234,
    "seeds": [judged(0), judged(1)],
    "mean": {"validation": {"elbo": -9.5}, "test": {"accuracy": 0.625}},
    "std": {"validation": {"elbo": 0.0}, "test": {"accuracy": 0.1767767}},
    "warnings": [],
}


def alone(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[None]:
    """Hide the settings and the login of the user who runs the tests."""
    for name in ("MLFLOW_TRACKING_URI", "WANDB_API_KEY", "WANDB_MODE", "WANDB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    # What the trackers set once for the process is taken back after the test.
    for name, value in {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_LOGGING_LEVEL": "WARNING",
        "WANDB_ERROR_REPORTING": "false",
        "WANDB_CONFIG_DIR": str(folder / "config"),
        "NETRC": str(folder / "netrc"),
    }.items():
        monkeypatch.setenv(name, value)
    yield
