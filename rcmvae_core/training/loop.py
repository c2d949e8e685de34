"""Training from a seed: epochs, evaluation, checkpoints, and what happened, told to a listener."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Bool, Int

from rcmvae_core.diagnostics import Diagnostics
from rcmvae_core.errors import Diagnostic
from rcmvae_core.training.channels import Unlocking, make_unlocking, worst_channel
from rcmvae_core.training.epoch import Epoch, make_epoch
from rcmvae_core.training.evaluate import PICTURES, Held, bundle, make_describe, metrics
from rcmvae_core.training.feed import Data, Describe, DeviceFeed, Feed, StreamFeed, visible
from rcmvae_core.training.guards import Watch, check_finite
from rcmvae_core.training.journal import Journal, after_evaluation
from rcmvae_core.training.keeper import Keeper
from rcmvae_core.training.pace import Pace
from rcmvae_core.training.placement import Placement, everywhere
from rcmvae_core.training.prepare import Prepared, init_sample
from rcmvae_core.training.state import TrainState, make_create


class Programs(NamedTuple):
    """What is compiled once and serves every seed; there is no unlocking without a curriculum."""

    create: Callable[[jax.Array, jax.Array], TrainState]
    epoch: Epoch
    describe: Describe
    rested: Callable[[TrainState], Bool[Array, ""]]
    unlocking: Unlocking | None
    placement: Placement
    feed: Feed


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


def compile_programs(prepared: Prepared, placement: Placement | None = None) -> Programs:
    """Make the jitted functions of a run; each compiles on its first call.

    Args:
        prepared: data, model and optimizer.
        placement: the devices; all of them if it is absent.
    """
    train, context, model = prepared.resolved.train, prepared.context, prepared.model
    placement = placement or everywhere()
    labelled = train.labelled_batch_size if context.labelled else 0
    epoch = make_epoch(
        model,
        prepared.optimizer,
        steps=context.steps_per_epoch,
        batch_size=train.batch_size,
        labelled_batch_size=labelled,
        placement=placement,
    )
    describe = make_describe(model, marginal="prior.marginal" in prepared.resolved.tokens)
    data = Data(
        dataset=prepared.dataset,
        split=prepared.split,
        labels=visible(prepared.dataset, prepared.split),
        placement=placement,
        epoch=epoch,
        describe=describe,
        steps=context.steps_per_epoch,
    )
    return Programs(
        create=make_create(model, prepared.optimizer),
        epoch=epoch,
        describe=describe,
        rested=jax.jit(lambda state: model.settled(state.carry, state.step)),
        unlocking=make_unlocking(model, prepared.optimizer),
        placement=placement,
        feed=DeviceFeed(data) if train.inputs == "device" else StreamFeed(data, train.batch_size, labelled),
    )


def fresh(prepared: Prepared, programs: Programs, seed: int) -> TrainState:
    """The state before the first step."""
    sample = init_sample(prepared.dataset, prepared.split)
    return programs.placement.replicate(programs.create(jax.random.key(seed), sample))


def train(
    prepared: Prepared,
    programs: Programs,
    seed: int,
    listen: Listen,
    *,
    keeper: Keeper | None = None,
    begin: tuple[TrainState, Journal] | None = None,
    stop: Callable[[], bool] = lambda: False,
    best: Callable[[int], TrainState] | None = None,
) -> Trained:
    """Train one seed to its end.

    Args:
        prepared: data, model and optimizer.
        programs: the compiled functions, shared by all seeds.
        seed: the only source of randomness.
        listen: told of the first step, of every epoch and of every warning.
        keeper: saves states; without one nothing is saved.
        begin: a state and its journal to go on from; absent, from the beginning.
        stop: asked after every call of the compiled program whether to save and stop.
        best: gives the state of a step, where `select = "best"`.

    Raises:
        RunError: E401 when a loss is not finite; E304 when the disk takes no checkpoint.
        Interrupted: when `stop` asked for it, after the state was saved.
    """
    state, journal = begin or (fresh(prepared, programs, seed), Journal(seed))
    run = _Run(prepared, programs, listen, keeper, stop)
    run.saved = int(state.step) if begin else None
    state, journal = run.train(state, journal)
    if prepared.resolved.train.select == "best" and journal.best_step is not None and best is not None:
        state = best(journal.best_step) if journal.best_step != int(state.step) else state
    validation, _ = judge(prepared, programs, state, prepared.split.validation)
    test, held = judge(prepared, programs, state, prepared.split.test)
    indices, dataset = prepared.split.test, prepared.dataset
    diagnostics = bundle(
        prepared.model,
        state,
        programs.feed.shown(indices[:PICTURES]),
        held=held,
        labels=dataset.labels[indices],
        names=dataset.class_names,
    )
    return Trained(seed, state, journal, validation, test, diagnostics)


def judge(
    prepared: Prepared, programs: Programs, state: TrainState, indices: Int[np.ndarray, " n"]
) -> tuple[dict[str, float], Held]:
    """Metrics of some inputs, and what the model says of each."""
    held = programs.feed.judge(state, indices)
    return metrics(held, prepared.dataset.labels[indices]), held


class _Run:
    """One seed's way through its epochs."""

    def __init__(
        self,
        prepared: Prepared,
        programs: Programs,
        listen: Listen,
        keeper: Keeper | None,
        stop: Callable[[], bool],
    ) -> None:
        self.prepared, self.programs, self.keeper = prepared, programs, keeper
        self.listen, self.stop = listen, stop
        self.table = prepared.resolved.train
        self.steps = prepared.context.steps_per_epoch
        self.every = max(1, self.table.checkpoint_every.steps(self.steps))
        self.pace, self.watch = Pace(programs.placement), Watch()
        self.saved: int | None = None
        self.clock, self.begun = time.monotonic(), False

    def train(self, state: TrainState, journal: Journal) -> tuple[TrainState, Journal]:
        """Whole epochs until the last one, or until there is nothing more to gain."""
        while journal.epoch < self.table.epochs and not journal.stopped:
            state, asked = self._steps(state, journal)
            if int(state.step) % self.steps == 0:
                state, journal = self._close(state, journal)
            if asked:
                journal = self._timed(journal)
                self._save(state, journal, wait=True)
                raise Interrupted
            if self._due(int(state.step)):
                journal = self._timed(journal)
                self._save(state, journal)
        if self.keeper is not None and self.saved != int(state.step):
            journal = self._timed(journal)
            self._save(state, journal, wait=True)
        return state, journal

    def _steps(self, state: TrainState, journal: Journal) -> tuple[TrainState, bool]:
        """Steps until the epoch ends, a checkpoint is due, or somebody asks to stop, which is told."""
        while True:
            step = int(state.step)
            most = min(self.programs.feed.room(step), self.every - step % self.every)
            count, started = self.pace.count(most), time.monotonic()
            state = self.programs.feed.advance(state, count)
            broken = {name: int(at) for name, at in jax.device_get(state.tally.broken).items()}
            check_finite(broken, journal.seed, None if self.saved is None else f"step {self.saved}")
            if not self.begun:
                self.begun = True
                self.listen(Begun(journal.seed, step + count))
            asked = self.pace.done(count, time.monotonic() - started, stop=self.stop())
            reached = step + count
            if asked or reached % self.steps == 0 or self._due(reached):
                return state, asked

    def _close(self, state: TrainState, journal: Journal) -> tuple[TrainState, Journal]:
        """The end of an epoch: its row, the evaluation, and what curricula and patience make of it."""
        epoch, step = journal.epoch + 1, int(state.step)
        journal = journal._replace(epoch=epoch, value=None)
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
        if self.keeper is not None and journal.best_step != best_before:
            self.keeper.hold(state, journal)
        self.listen(Row(journal.seed, epoch, step, values))
        return state, journal

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

    def _due(self, step: int) -> bool:
        return self.keeper is not None and step % self.every == 0 and self.keeper.due()

    def _save(self, state: TrainState, journal: Journal, *, wait: bool = False) -> None:
        step = int(state.step)
        if self.keeper is not None and self.saved != step:
            if step % self.steps:
                journal = journal._replace(value=None)  # that of the epoch before
            self.keeper.save(state, journal, wait=wait)
            self.saved = step

    def _timed(self, journal: Journal) -> Journal:
        """The journal with the seconds since it was last asked."""
        now = time.monotonic()
        seconds, self.clock = journal.seconds + now - self.clock, now
        return journal._replace(seconds=seconds)
