"""What the training loop adds to its compiled steps, and what checkpoints add to the training loop."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax

from rcmvae_core.training.batches import DeviceFeed
from rcmvae_core.training.checkpoints.manager import CheckpointManager, Policy
from rcmvae_core.training.compiled import Programs, compile_programs
from rcmvae_core.training.events import EpochEnd
from rcmvae_core.training.loop import train
from rcmvae_core.training.seed_run import SeedJob
from rcmvae_core.training.setup import Prepared
from tests.benchmarks.engine import prepared_spec
from tests.benchmarks.results import Result, at_most, quotient
from tests.benchmarks.specs import BATCH, CHANNELS, DIM, MIXTURE

EPOCHS, SAVED_EPOCHS, SAVED_IMAGES = 4, 100, 6_400
_MODEL = f"dense mixture K={CHANNELS} D={DIM}, batch {BATCH}"


class Stopwatch:
    """The seconds that calls of some functions took, until their results were there."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def over(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, timed."""

        def timed(*arguments: Any) -> Any:
            start = time.perf_counter()
            found = jax.block_until_ready(function(*arguments))
            self.seconds += time.perf_counter() - start
            return found

        return timed


def measure() -> Iterator[Result]:
    """Both."""
    yield loop()
    yield from checkpoints()


def loop() -> Result:
    """Epochs of `train` after the first, without evaluation, against the compiled steps within them.

    Counted as overhead: who is seen when (a program of its own, once an epoch), choosing how many steps a call
    takes, reading the tally, checking that losses are finite, the journal, telling the listener.
    """
    prepared = prepared_spec(MIXTURE, [f"train.epochs={EPOCHS + 1}"])
    programs = compile_programs(prepared)
    steps, evaluation = Stopwatch(), Stopwatch()
    feed = programs.feed
    assert isinstance(feed, DeviceFeed)
    timed = feed._config.epoch._replace(advance=steps.over(feed._config.epoch.advance))
    feed._config = feed._config._replace(
        epoch=timed, evaluate_batch=evaluation.over(feed._config.evaluate_batch)
    )
    marks: list[tuple[float, float, float]] = []

    def listen(event: Any) -> None:
        if isinstance(event, EpochEnd):
            marks.append((time.perf_counter(), steps.seconds, evaluation.seconds))

    train(prepared, programs, [SeedJob(0)], listen)
    wall, inside, judged = (last - first for first, last in zip(marks[0], marks[-1], strict=True))
    count = prepared.context.examples
    return Result(
        f"training loop around its compiled steps, {_MODEL}, MNIST ({count} inputs), {EPOCHS} epochs: share of time",
        f"{(wall - judged - inside) / EPOCHS:.4f} s an epoch outside",
        f"{(wall - judged) / EPOCHS:.3f} s an epoch, evaluation ({judged / EPOCHS:.3f} s) apart",
        (wall - judged - inside) / (wall - judged),
        at_most(0.02),
    )


class Turns:
    """Two trainings in one process, an epoch of each in turns, so that a busy machine disturbs both alike.

    The turn is handed over when an epoch's row is told: what it saves falls into its own next turn.
    """

    def __init__(self) -> None:
        self._condition, self._turn, self._left = threading.Condition(), 0, {0, 1}
        self.seconds: tuple[list[float], list[float]] = ([], [])

    def train(
        self, who: int, prepared: Prepared, programs: Programs, keeper: CheckpointManager | None
    ) -> None:
        """Train to the end, waiting for the turn before each epoch; errors end the wait of the other."""
        started = [0.0]

        def listen(event: Any) -> None:
            if isinstance(event, EpochEnd):
                self.seconds[who].append(time.perf_counter() - started[0])
                self._hand_over(who)
                started[0] = self._wait(who)

        try:
            started[0] = self._wait(who)
            train(prepared, programs, [SeedJob(who, checkpoints=keeper)], listen)
        finally:
            with self._condition:
                self._left.discard(who)
                self._turn = 1 - who
                self._condition.notify_all()

    def _hand_over(self, who: int) -> None:
        with self._condition:
            if 1 - who in self._left:
                self._turn = 1 - who
            self._condition.notify_all()

    def _wait(self, who: int) -> float:
        with self._condition:
            self._condition.wait_for(lambda: self._turn == who)
        return time.perf_counter()


def checkpoints() -> list[Result]:
    """A run that saves every epoch: the time for which training stood still, and epochs against those without."""
    settings = [
        f"train.epochs={SAVED_EPOCHS}",
        f"data.training_inputs={SAVED_IMAGES}",
        'train.checkpoint_every="1 epochs"',
        "train.checkpoint_seconds=0",
    ]
    prepared, turns = prepared_spec(MIXTURE, settings), Turns()
    table = prepared.resolved.train
    with tempfile.TemporaryDirectory() as folder:
        policy = Policy(table.keep_last, table.keep_best, table.checkpoint_seconds)
        keeper = CheckpointManager(Path(folder) / "checkpoints", policy, {})
        other = threading.Thread(target=turns.train, args=(1, prepared, compile_programs(prepared), None))
        other.start()
        turns.train(0, prepared, compile_programs(prepared), keeper)
        other.join()
        keeper.close()
    saving, without = (seconds[1:] for seconds in turns.seconds)
    ratio, spread = quotient(saving, without)
    what = f"a checkpoint every epoch, {SAVED_EPOCHS} epochs, {_MODEL}, {SAVED_IMAGES} inputs of MNIST: "
    epoch = f"an epoch {statistics.median(saving):.2f} s"
    return [
        Result(
            what + "share of time",
            f"stood still {keeper.seconds:.2f} s",
            f"all {sum(turns.seconds[0]):.1f} s; {epoch}",
            keeper.seconds / sum(turns.seconds[0]),
            at_most(0.03),
        ),
        Result(
            what + "time",
            epoch,
            f"without {statistics.median(without):.2f} s",
            ratio,
            at_most(1.03),
            spread,
        ),
    ]
