"""Defines the events that training reports to its listener."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rcmvae_core.errors import Diagnostic
from rcmvae_core.plugin.protocols.report_arrays import Snapshot


class FirstStep(NamedTuple):
    """The first step of a process is done: its program is compiled."""

    seed: int
    step: int


class EpochEnd(NamedTuple):
    """The metrics of an epoch, by name, such as `train/total` and `validation/accuracy`."""

    seed: int
    epoch: int
    step: int
    metrics: dict[str, float]


class WarningRaised(NamedTuple):
    """A warning, which does not stop training."""

    seed: int
    diagnostic: Diagnostic


class SnapshotTaken(NamedTuple):
    """A snapshot of a seed was taken, as `train.diagnostics_every` asks for."""

    seed: int
    snapshot: Snapshot


Listener = Callable[[FirstStep | EpochEnd | WarningRaised | SnapshotTaken], None]
