"""Trains the seeds of a run, one after the other or all together, with their checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from rcmvae_core.experiment.events import SeedDone
from rcmvae_core.experiment.initial_state import InitialState
from rcmvae_core.experiment.recorder import RunRecorder
from rcmvae_core.experiment.trackers import Trackers
from rcmvae_core.rundir.directory import RunDirectory
from rcmvae_core.rundir.read_only import ReadOnlyRunDirectory
from rcmvae_core.runtime import distributed
from rcmvae_core.training.checkpoints import resume
from rcmvae_core.training.checkpoints.manager import CheckpointManager, Policy
from rcmvae_core.training.checkpoints.upgrade import array_upgrade
from rcmvae_core.training.compiled import Programs, init_state
from rcmvae_core.training.events import EpochEnd, FirstStep, SnapshotTaken, WarningRaised
from rcmvae_core.training.loop import train
from rcmvae_core.training.seed_run import SeedJob, Trained
from rcmvae_core.training.setup import Prepared
from rcmvae_core.training.state import TrainState


class SeedTrainer:
    """Trains the seeds of a run.

    Args:
        prepared: data, model and optimizer.
        programs: the compiled functions.
        directory: the run directory.
        facts: what the numbers depend on; part of every checkpoint.
        recorder: called with every event.
        trackers: called with the metrics of every epoch.
    """

    def __init__(
        self,
        prepared: Prepared,
        programs: Programs,
        directory: RunDirectory | ReadOnlyRunDirectory,
        *,
        facts: dict[str, Any],
        recorder: RunRecorder,
        trackers: Trackers,
    ) -> None:
        self._prepared, self._programs, self._directory = prepared, programs, directory
        self._facts, self._recorder, self._trackers = facts, recorder, trackers

    def train(self, initial: Mapping[int, InitialState], stop: Callable[[], bool]) -> list[Trained]:
        """Train every seed.

        Args:
            initial: the state to continue from, for each seed that has one.
            stop: returns whether to save and stop.

        Returns:
            The result of each seed, in the order of the spec.

        Raises:
            RunError: E401 when a loss is not finite; E304 when a checkpoint cannot be written.
            Interrupted: when `stop` returned True, after the states were saved.
        """
        resolved, trained = self._prepared.resolved, list[Trained]()
        together = resolved.train.ensemble == "together"
        for group in [resolved.seeds] if together else [(seed,) for seed in resolved.seeds]:
            self._recorder.seed = group[0]
            with ExitStack() as stack:
                jobs = [self._job(seed, initial.get(seed), stack) for seed in group]
                results = train(self._prepared, self._programs, jobs, self._listen, stop=stop)
            trained += results
            for result in results:
                seconds = result.loop_state.seconds
                self._recorder(SeedDone(result.seed, result.validation, result.test, seconds))
        return trained

    def _listen(self, event: FirstStep | EpochEnd | WarningRaised | SnapshotTaken) -> None:
        self._recorder(event)
        if isinstance(event, EpochEnd):
            self._trackers.epoch(*event)

    def _job(self, seed: int, initial: InitialState | None, stack: ExitStack) -> SeedJob:
        """Return the job of a seed.

        Args:
            seed: its number.
            initial: the state to continue from.
            stack: closes the checkpoints of the seed.
        """
        table, folder = self._prepared.resolved.train, self._directory.checkpoints(seed)
        checkpoints: CheckpointManager | None = None
        if distributed.is_main_process():
            policy = Policy(table.keep_last, table.keep_best, table.checkpoint_seconds)
            checkpoints = CheckpointManager(folder, policy, self._facts, self._directory.sync_metrics)
            stack.callback(checkpoints.close)

        def load_best(step: int) -> TrainState:
            if checkpoints is not None:
                checkpoints.wait()
            distributed.barrier(f"best state of seed {seed}")  # the others read what the main process wrote
            initial = init_state(self._prepared, self._programs, seed)
            return resume.load_best(folder, initial, step, array_upgrade(self._prepared.resolved))

        history = [row for row in self._recorder.history if row["seed"] == seed]
        return SeedJob(seed, initial, checkpoints, load_best, history)
