"""Defines the events that a run reports to its listener."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from rcmvae_core.training.dry_run import Plan
from rcmvae_core.training.events import EpochEnd, FirstStep, SnapshotTaken, WarningRaised


class Resumed(NamedTuple):
    """Training continues from checkpoints: the number of finished epochs by seed."""

    epochs: dict[int, int]


class SeedDone(NamedTuple):
    """A seed is trained and evaluated.

    Args:
        seed: its number.
        validation: metrics on the validation data.
        test: metrics on the test data.
        seconds: the time that training took.
    """

    seed: int
    validation: dict[str, float]
    test: dict[str, float]
    seconds: float


class Finished(NamedTuple):
    """The run directory is complete.

    Args:
        report: the path of `report.html`.
        summary: the content of `summary.json`.
    """

    report: Path
    summary: dict[str, Any]


Event = Plan | Resumed | FirstStep | EpochEnd | WarningRaised | SnapshotTaken | SeedDone | Finished


def ignore_event(event: Event) -> None:
    """Do nothing."""
    del event
