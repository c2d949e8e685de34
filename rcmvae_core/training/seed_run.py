"""Runs the training of one seed: checks, evaluations, checkpoints and the end of its epochs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Bool

from rcmvae_core.training.callbacks import SeedCallbacks, change_weights
from rcmvae_core.training.checkpoints.manager import CheckpointManager
from rcmvae_core.training.class_channels import claim_unlocked
from rcmvae_core.training.compiled import Programs, evaluate, init_labelled_state
from rcmvae_core.training.evaluation import EvalOutputs
from rcmvae_core.training.events import EpochEnd, FirstStep, Listener, SnapshotTaken, WarningRaised
from rcmvae_core.training.monitor import TrainingMonitor, check_finite
from rcmvae_core.training.progress import LoopState, after_evaluation
from rcmvae_core.training.result_checks import check_result, check_selection, known_labels, labelled_sample
from rcmvae_core.training.setup import Prepared
from rcmvae_core.training.snapshots import take_snapshot
from rcmvae_core.training.state import TrainState
from rcmvae_core.training.unlocking import Unlocking, worst_channel


class Trained(NamedTuple):
    """The result of a seed.

    Args:
        seed: its number.
        state: the last state, or the best one with `select = "best"`.
        loop_state: at the end of training.
        validation: metrics of the state on the validation data.
        test: metrics of the state on the test data.
        outputs: statistics of the test inputs.
        monitor: the validation metric by which states were compared.
        last: its value for the last state that was evaluated; None if no state was compared.
    """

    seed: int
    state: TrainState
    loop_state: LoopState
    validation: dict[str, float]
    test: dict[str, float]
    outputs: EvalOutputs
    monitor: str = "elbo"
    last: float | None = None


class SeedJob(NamedTuple):
    """A seed to train.

    Args:
        seed: the only source of randomness.
        resume_from: a state and its loop state to continue; None starts from the beginning.
        checkpoints: saves states; None saves nothing.
        load_best: returns the state of a step, for `select = "best"`; None takes the last state as the result.
        history: the metrics of the epochs before, for callbacks.
    """

    seed: int
    resume_from: tuple[TrainState, LoopState] | None = None
    checkpoints: CheckpointManager | None = None
    load_best: Callable[[int], TrainState] | None = None
    history: Sequence[Mapping[str, float]] = ()


class SeedRun:
    """The training of one seed: its state, and what follows every call of the compiled program.

    Args:
        prepared: data, model and optimizer.
        programs: the compiled functions.
        listen: called with the first step, every epoch and every warning.
        job: the seed, and what it resumes from.
    """

    def __init__(self, prepared: Prepared, programs: Programs, listen: Listener, job: SeedJob) -> None:
        self.prepared, self.programs, self.listen, self.job = prepared, programs, listen, job
        self.table, self.steps = prepared.resolved.train, prepared.context.steps_per_epoch
        self.checkpoint_steps = max(1, self.table.checkpoint_every.steps(self.steps, self.table.epochs))
        self.state, self.loop_state = job.resume_from or (
            init_labelled_state(prepared, programs, job.seed),
            LoopState(job.seed),
        )
        self.step = int(self.state.step)
        self.saved_step = self.step if job.resume_from else None
        changeable = [part.label for part in prepared.resolved.many("loss") if part.keys.changeable]
        self.callbacks = SeedCallbacks(prepared.callbacks, job.seed, changeable, job.history)
        self.monitor, self.clock, self.first_step_done = TrainingMonitor(), time.monotonic(), False

    @property
    def finished(self) -> bool:
        """Whether the last epoch is done, or training stopped early."""
        return self.loop_state.epoch >= self.table.epochs or self.loop_state.stopped

    @property
    def max_steps(self) -> int:
        """Steps that one call may take: to the end of the epoch, or to the next checkpoint."""
        to_checkpoint = self.checkpoint_steps - self.step % self.checkpoint_steps
        return min(self.programs.feed.max_steps(self.step), to_checkpoint)

    def after_call(self, state: TrainState) -> None:
        """Check the losses of a call, finish an epoch that it completed, and save a checkpoint that is due."""
        if not self.first_step_done:
            self.first_step_done = True
            self.listen(FirstStep(self.job.seed, int(state.step)))
        broken = {name: int(at) for name, at in jax.device_get(state.tally.broken).items()}
        check_finite(broken, self.job.seed, None if self.saved_step is None else f"step {self.saved_step}")
        self.state, self.step = state, int(state.step)
        if self.step % self.steps == 0:
            self._end_epoch()
        checkpoints = self.job.checkpoints
        if self.step % self.checkpoint_steps == 0 and checkpoints is not None and checkpoints.is_due():
            self.save()

    def save(self, *, wait: bool = False) -> None:
        """Save the state, unless it is saved already."""
        clock = time.monotonic()
        self.loop_state = self.loop_state._replace(seconds=self.loop_state.seconds + clock - self.clock)
        self.clock = clock
        if self.job.checkpoints is not None and self.saved_step != self.step:
            # The value is that of the state at the end of the epoch, not of one within the next epoch.
            within_epoch = self.step % self.steps != 0
            loop_state = self.loop_state._replace(value=None) if within_epoch else self.loop_state
            self.job.checkpoints.save(self.state, loop_state, wait=wait)
            self.saved_step = self.step

    def result(self) -> Trained:
        """Evaluate the selected state on the validation and the test data.

        Returns:
            The selected state with its metrics.
        """
        state, best_step = self.state, self.loop_state.best_step
        if (
            self.table.select == "best"
            and self.job.load_best is not None
            and best_step is not None
            and best_step != self.step
        ):
            state = self.job.load_best(best_step)
        split = self.prepared.split
        validation, validation_outputs = evaluate(self.prepared, self.programs, state, split.validation)
        self._check_result(state, validation_outputs)
        test, outputs = evaluate(self.prepared, self.programs, state, split.test)
        monitor, last = self.prepared.monitor, self.loop_state.value
        return Trained(self.job.seed, state, self.loop_state, validation, test, outputs, monitor, last)

    def _check_result(self, state: TrainState, validation: EvalOutputs) -> None:
        """Raise warnings about the result, and about a last state that is kept although another was better."""
        prepared, loop_state = self.prepared, self.loop_state
        for diagnostic in check_selection(
            self.table, prepared.monitor, best=loop_state.best, last=loop_state.value
        ):
            self.listen(WarningRaised(self.job.seed, diagnostic))
        labelled, positions = None, labelled_sample(prepared)
        if len(positions) and prepared.resolved.maybe("classifier") is not None:
            indices = prepared.split.labelled[positions]
            _, labelled = evaluate(prepared, self.programs, state, indices)
        tau = np.asarray(prepared.model.tau(state.carry))
        for diagnostic in check_result(known_labels(prepared), tau, validation, labelled):
            self.listen(WarningRaised(self.job.seed, diagnostic))

    def _end_epoch(self) -> None:
        """Evaluate the state, unlock channels, update early stopping, and report the metrics of the epoch."""
        state, step, epoch = self.state, self.step, self.loop_state.epoch + 1
        loop_state = self.loop_state._replace(epoch=epoch, value=None)
        sums, weights = jax.device_get((state.tally.sums, self.programs.loss_weights(state)))
        metrics = {f"train/{name}": float(total / self.steps) for name, total in sums.items()}
        metrics |= {f"weight/{name}": float(weight) for name, weight in weights.items()}
        outputs, validation, previous_best = None, {}, loop_state.best_step
        if epoch % self.table.evaluate_every == 0 or epoch == self.table.epochs:
            validation, outputs = evaluate(
                self.prepared, self.programs, state, self.prepared.split.validation
            )
            metrics |= {f"validation/{name}": value for name, value in validation.items()}
        schedules_finished = bool(self.programs.schedules_finished(state))
        unlocked = False
        if self.programs.unlocking is not None:
            active_channels = int(np.sum(state.carry.active))
            effect = jax.device_get(self.programs.unlocking.effect(state))
            metrics["curriculum/active_channels"] = float(active_channels)
            metrics |= {f"curriculum/{name}": float(value) for name, value in effect.items()}
            state = self._unlock(self.programs.unlocking, state, outputs)
            unlocked = int(np.sum(state.carry.active)) > active_channels
            if unlocked:
                state = claim_unlocked(self.prepared, self.programs, state)
        if outputs is not None:
            loop_state = after_evaluation(
                loop_state,
                self.table,
                value=validation[self.prepared.monitor],
                step=step,
                schedules_finished=schedules_finished,
                unlocked=unlocked,
            )
            if schedules_finished:  # until then a degenerate state may be what the schedules intend
                self._warn(outputs, np.asarray(state.carry.active))
        self._take_snapshot(state, outputs, epoch)
        if self.job.checkpoints is not None and loop_state.best_step != previous_best:
            self.job.checkpoints.keep_in_memory(state, loop_state)
        action, stopping = self.callbacks(epoch, step, metrics)
        state = change_weights(state, action.weight_factors)
        self.state, self.loop_state = state, loop_state._replace(stopped=loop_state.stopped or action.stop)
        self.listen(EpochEnd(loop_state.seed, epoch, step, metrics))
        for diagnostic in stopping:
            self.listen(WarningRaised(self.job.seed, diagnostic))
        if action.checkpoint:
            self.save()

    def _take_snapshot(self, state: TrainState, outputs: EvalOutputs | None, epoch: int) -> None:
        """Take a snapshot if one is due.

        Args:
            state: at the end of the epoch.
            outputs: of the validation data; None if this epoch was not evaluated.
            epoch: its number.
        """
        every = self.table.diagnostics_every
        if every is None or (epoch % every and epoch != self.table.epochs):
            return
        validation = self.prepared.split.validation
        if outputs is None:
            outputs = self.programs.feed.evaluate(state, validation)
        labels = self.prepared.dataset.labels[validation]
        snapshot = take_snapshot(self.prepared.model, state, outputs, labels, epoch)
        self.listen(SnapshotTaken(self.job.seed, snapshot))

    def _unlock(self, unlocking: Unlocking, state: TrainState, outputs: EvalOutputs | None) -> TrainState:
        """Pass the result of an evaluation to the curricula, and unlock channels for the next epoch.

        Args:
            unlocking: the compiled functions.
            state: at the end of the epoch.
            outputs: of the validation data; None if this epoch was not evaluated.

        Returns:
            The state that the next epoch starts from.
        """
        if outputs is not None:
            state = unlocking.advance(state, np.mean(np.asarray(outputs.negative_log_likelihood)))
        worst = np.int32(0)
        if unlocking.needs_worst:
            if outputs is None:
                _, outputs = evaluate(self.prepared, self.programs, state, self.prepared.split.validation)
            worst = worst_channel(
                np.asarray(outputs.responsibilities), np.asarray(outputs.negative_log_likelihood)
            )
        return unlocking.unlock(state, worst)

    def _warn(self, outputs: EvalOutputs, active: Bool[np.ndarray, " K"]) -> None:
        for diagnostic in self.monitor.update(outputs, active):
            self.listen(WarningRaised(self.job.seed, diagnostic))
