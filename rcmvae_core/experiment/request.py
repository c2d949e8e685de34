"""Defines what a run is asked to do."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

from rcmvae_core.experiment.initial_state import StartFrom
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.plugin.registry import Registry
from rcmvae_core.plugin.resolved import ResolvedSpec


class RunRequest(NamedTuple):
    """A run: what to train, and where to write it.

    Args:
        resolved: the resolved spec.
        registry: the registry that it was resolved with.
        out: the run directory.
        dataset: the data set of a spec whose data are `arrays`.
        resume: resume the run in `out`; if it holds none, a new one is begun.
        start_from: a run whose last states are the initial ones; None starts from random parameters.
        allow_edited: resume although the spec or `model.json` was edited since the checkpoints were written.
    """

    resolved: ResolvedSpec
    registry: Registry
    out: Path
    dataset: Dataset | None = None
    resume: bool = False
    start_from: StartFrom | None = None
    allow_edited: bool = False


def default_folder(name: str, root: Path = Path("runs")) -> Path:
    """Return `runs/NAME-DATE-TIME`, with a number behind it if that exists."""
    stem = f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
    folder, number = root / stem, 2
    while folder.exists():
        folder, number = root / f"{stem}-{number}", number + 1
    return folder
