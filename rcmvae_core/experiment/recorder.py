"""Records the events of a run in its directory, and passes them on."""

from __future__ import annotations

import time
from collections.abc import Callable

from rcmvae_core.errors import Diagnostic
from rcmvae_core.experiment.events import Event, SeedDone
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.rundir.read_only import ReadOnlyRunDirectory
from rcmvae_core.training.dry_run import Plan
from rcmvae_core.training.events import EpochEnd, FirstStep, SnapshotTaken, WarningRaised


class RunRecorder:
    """A listener that keeps metrics and warnings, and the status of the run.

    Args:
        resolved: the resolved spec, whose warnings are the first ones.
        directory: the run directory.
        listen: called with every event after it is recorded.

    Attributes:
        history: the rows of `metrics.jsonl`.
        warnings: every warning, as a line of the report.
        seed: the seed that is being trained; the first one if all are trained together.
    """

    def __init__(
        self,
        resolved: ResolvedSpec,
        directory: RunDirectory | ReadOnlyRunDirectory,
        listen: Callable[[Event], None],
    ) -> None:
        self._directory, self._listen = directory, listen
        self.history = list[dict[str, float]]()
        self.warnings = [f"{d.code}: {d.message}" for d in resolved.warnings]
        self.seed = resolved.seeds[0]
        self._monitor, self._finished = "", list[int]()
        self._first_step: float | None = None
        self._epochs = 0

    def __call__(self, event: Event) -> None:
        """Record an event."""
        match event:
            case Plan():
                self._monitor = event.monitor
            case FirstStep() if self._first_step is None:
                self._first_step = time.monotonic()
            case EpochEnd(seed, epoch, step, metrics):
                row = {"seed": seed, "epoch": epoch, "step": step, **metrics}
                self.history.append(row)
                self._directory.append_metrics(row, seed, step)
                self._epochs += 1
                self.write_status("running", seed=seed, epoch=epoch)
            case SeedDone():
                self._finished.append(event.seed)
            case WarningRaised(seed, diagnostic):
                self.warnings.append(f"{diagnostic.code}, seed {seed}: {diagnostic.message}")
            case SnapshotTaken(seed, snapshot):
                self._directory.write_snapshot(seed, snapshot)
            case _:
                pass
        self._listen(event)

    def write_status(self, state: str, **facts: object) -> None:
        """Write the state of the run, with what others can follow it by."""
        seconds = None
        if self._first_step is not None and self._epochs:
            seconds = (time.monotonic() - self._first_step) / self._epochs
        self._directory.write_status(
            state, **facts, monitor=self._monitor, finished=self._finished, epoch_seconds=seconds,
            warnings=self.warnings,
        )  # fmt: skip

    def warn(self, seed: int, diagnostic: Diagnostic) -> None:
        """Record a warning about a seed."""
        self(WarningRaised(seed, diagnostic))
