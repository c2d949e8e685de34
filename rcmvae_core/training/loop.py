"""Training from a seed: epochs, evaluation, checkpoints, and what happened, told to a listener."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import numpy as np

from rcmvae_core.diagnostics import Diagnostics
from rcmvae_core.errors import Diagnostic
from rcmvae_core.training.channels import Unlocking, worst_channel
from rcmvae_core.training.evaluate import PICTURES, Held, bundle
from rcmvae_core.training.guards import Watch, check_finite
from rcmvae_core.training.journal import Journal, after_evaluation
from rcmvae_core.training.keeper import Keeper
from rcmvae_core.training.pace import Pace
from rcmvae_core.training.prepare import Prepared
from rcmvae_core.training.programs import Programs, begin, judge
from rcmvae_core.training.state import TrainState


class Begun(NamedTuple):
    """The first step of a process is done: what was compiled for it is compiled."""

    seed: int
    step: int


class Row(NamedTuple):
    """One epoch's metrics, by name, such as `train/total` and `validation/accuracy`."""

    seed: int
    epoch: int
    step: int
    metrics: dict[str, float]


class Warned(NamedTuple):
    """Something that a person should know and that stops nothing."""

    seed: int
    diagnostic: Diagnostic


class Trained(NamedTuple):
    """A trained state and what it says about held-out data."""

    seed: int
    state: TrainState
    journal: Journal
    validation: dict[str, float]
    test: dict[str, float]
    diagnostics: Diagnostics


class Interrupted(Exception):  # noqa: N818 - a request, not an error
    """Training was asked to stop, and has saved its state."""


Listen = Callable[[Begun | Row | Warned], None]


class Task(NamedTuple):
    """A seed to train.

    Args:
        seed: the only source of randomness.
        begin: a state and its journal to go on from; None from the beginning.
        keeper: saves states; None saves nothing.
        best: gives the state of a step, where `select = "best"`; None gives the last one.
    """

    seed: int
    begin: tuple[TrainState, Journal] | None = None
    keeper: Keeper | None = None
    best: Callable[[int], TrainState] | None = None


def train(
    prepared: Prepared,
    programs: Programs,
    tasks: Sequence[Task],
    listen: Listen,
    *,
    stop: Callable[[], bool] = lambda: False,
) -> list[Trained]:
    """Train seeds to their end, all of them in one program.

    Args:
        prepared: data, model and optimizer.
        programs: the compiled functions.
        tasks: the seeds; one alone takes the program of a single seed.
        listen: told of the first step, of every epoch and of every warning.
        stop: asked after every call of the compiled program whether to save and stop.

    Raises:
        RunError: E401 when a loss is not finite; E304 when the disk takes no checkpoint.
        Interrupted: when `stop` asked for it, after the states were saved.
    """
    pace = Pace(programs.placement)
    runs = [_Run(prepared, programs, listen, task) for task in tasks]
    while going := [run for run in runs if not run.finished]:
        # After an interruption one seed may be ahead of another: the others catch up first.
        behind = min(run.step for run in going)
        group = [run for run in going if run.step == behind]
        count, started = pace.count(min(run.most for run in group)), time.monotonic()
        if len(group) == 1:
            states = [programs.feed.advance(group[0].state, count)]
        else:
            states = programs.feed.advance_all([run.state for run in group], count)
        jax.block_until_ready(states)
        asked = pace.done(count, time.monotonic() - started, stop=stop())
        for run, state in zip(group, states, strict=True):
            run.take(state)
        if asked:
            for run in runs:
                run.save(wait=True)
            raise Interrupted
    for run in runs:
        run.save(wait=True)
    return [run.result() for run in runs]


class _Run:
    """One seed's way through its epochs."""

    def __init__(self, prepared: Prepared, programs: Programs, listen: Listen, task: Task) -> None:
        self.prepared, self.programs, self.listen, self.task = prepared, programs, listen, task
        self.table, self.steps = prepared.resolved.train, prepared.context.steps_per_epoch
        self.every = max(1, self.table.checkpoint_every.steps(self.steps))
        self.state, self.journal = task.begin or (begin(prepared, programs, task.seed), Journal(task.seed))
        self.step = int(self.state.step)
        self.saved = self.step if task.begin else None
        self.watch, self.clock, self.begun = Watch(), time.monotonic(), False

    @property
    def finished(self) -> bool:
        """Whether the last epoch is done, or there is nothing more to gain."""
        return self.journal.epoch >= self.table.epochs or self.journal.stopped

    @property
    def most(self) -> int:
        """Steps that one call may take: not beyond the epoch's end, or the next checkpoint."""
        return min(self.programs.feed.room(self.step), self.every - self.step % self.every)

    def take(self, state: TrainState) -> None:
        """What follows a call: a look at its terms, the end of an epoch, a checkpoint that is due."""
        broken = {name: int(at) for name, at in jax.device_get(state.tally.broken).items()}
        check_finite(broken, self.task.seed, None if self.saved is None else f"step {self.saved}")
        self.state, self.step = state, int(state.step)
        if not self.begun:
            self.begun = True
            self.listen(Begun(self.task.seed, self.step))
        if self.step % self.steps == 0:
            self._close()
        if self.step % self.every == 0 and self.task.keeper is not None and self.task.keeper.due():
            self.save()

    def save(self, *, wait: bool = False) -> None:
        """Save the state, unless it is saved already."""
        now = time.monotonic()
        self.journal = self.journal._replace(seconds=self.journal.seconds + now - self.clock)
        self.clock = now
        if self.task.keeper is not None and self.saved != self.step:
            within = self.step % self.steps != 0
            journal = self.journal._replace(value=None) if within else self.journal
            self.task.keeper.save(self.state, journal, wait=wait)
            self.saved = self.step

    def result(self) -> Trained:
        """The chosen state, judged."""
        state, best_step = self.state, self.journal.best_step
        if self.table.select == "best" and self.task.best is not None and best_step not in (None, self.step):
            state = self.task.best(best_step)
        split, dataset = self.prepared.split, self.prepared.dataset
        validation, _ = judge(self.prepared, self.programs, state, split.validation)
        test, held = judge(self.prepared, self.programs, state, split.test)
        pictures = self.programs.picture(state, self.programs.feed.shown(split.test[:PICTURES]))
        diagnostics = bundle(pictures, held, labels=dataset.labels[split.test], names=dataset.class_names)
        return Trained(self.task.seed, state, self.journal, validation, test, diagnostics)

    def _close(self) -> None:
        """The end of an epoch: its row, the evaluation, and what curricula and patience make of it."""
        state, step, epoch = self.state, self.step, self.journal.epoch + 1
        journal = self.journal._replace(epoch=epoch, value=None)
        sums = jax.device_get(state.tally.sums)
        values = {f"train/{name}": float(total / self.steps) for name, total in sums.items()}
        held, found, best_before = None, {}, journal.best_step
        if epoch % self.table.evaluate_every == 0 or epoch == self.table.epochs:
            found, held = judge(self.prepared, self.programs, state, self.prepared.split.validation)
            values |= {f"validation/{name}": value for name, value in found.items()}
        unlocked = False
        rested = bool(self.programs.rested(state))
        if self.programs.unlocking is not None:
            before = int(np.sum(state.carry.active))
            values["curriculum/active_channels"] = float(before)
            state = self._unlock(self.programs.unlocking, state, held)
            unlocked = int(np.sum(state.carry.active)) > before
        if held is not None:
            monitored = found[self.table.monitor]
            journal = after_evaluation(
                journal, self.table, value=monitored, step=step, rested=rested, unlocked=unlocked
            )
            self._warn(journal, held, np.asarray(state.carry.active), rested=rested)
        if self.task.keeper is not None and journal.best_step != best_before:
            self.task.keeper.hold(state, journal)
        self.state, self.journal = state, journal
        self.listen(Row(journal.seed, epoch, step, values))

    def _unlock(self, unlocking: Unlocking, state: TrainState, held: Held | None) -> TrainState:
        """Tell the curricula how the evaluation went, if there was one, and unlock channels for the next epoch."""
        if held is not None:
            state = unlocking.advance(state, np.mean(np.asarray(held.negative_log_likelihood)))
        worst = np.int32(0)
        if unlocking.looks:
            if held is None:
                _, held = judge(self.prepared, self.programs, state, self.prepared.split.validation)
            worst = worst_channel(np.asarray(held.responsibilities), np.asarray(held.negative_log_likelihood))
        return unlocking.unlock(state, worst)

    def _warn(self, journal: Journal, held: Held, active: np.ndarray, *, rested: bool) -> None:
        if rested:
            for diagnostic in self.watch.look(held, active):
                self.listen(Warned(journal.seed, diagnostic))
