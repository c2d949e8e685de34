"""What whoever runs an experiment is told of while it goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from rcmvae_core.training.loop import Begun, Row, Warned
from rcmvae_core.training.plan import Plan


class Resumed(NamedTuple):
    """A run goes on: the epochs that each seed has behind it."""

    epochs: dict[int, int]


class SeedDone(NamedTuple):
    """A seed was trained and judged."""

    seed: int
    validation: dict[str, float]
    test: dict[str, float]
    seconds: float


class Finished(NamedTuple):
    """The run directory is complete."""

    report: Path
    summary: dict[str, Any]


Event = Plan | Resumed | Begun | Row | Warned | SeedDone | Finished
