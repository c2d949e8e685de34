"""Records the events of a run in its directory, and passes them on."""

from __future__ import annotations

from collections.abc import Callable

from rcmvae_core.errors import Diagnostic
from rcmvae_core.experiment.events import Event
from rcmvae_core.plugin.resolved import ResolvedSpec
from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.rundir.read_only import ReadOnlyRunDirectory
from rcmvae_core.training.events import EpochEnd, SnapshotTaken, WarningRaised


class RunRecorder:
    """A listener that keeps metrics and warnings.

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

    def __call__(self, event: Event) -> None:
        """Record an event."""
        match event:
            case EpochEnd(seed, epoch, step, metrics):
                row = {"seed": seed, "epoch": epoch, "step": step, **metrics}
                self.history.append(row)
                self._directory.append_metrics(row, seed, step)
                self._directory.write_status("running", seed=seed, epoch=epoch)
            case WarningRaised(seed, diagnostic):
                self.warnings.append(f"{diagnostic.code}, seed {seed}: {diagnostic.message}")
            case SnapshotTaken(seed, snapshot):
                self._directory.write_snapshot(seed, snapshot)
            case _:
                pass
        self._listen(event)

    def warn(self, seed: int, diagnostic: Diagnostic) -> None:
        """Record a warning about a seed."""
        self(WarningRaised(seed, diagnostic))
