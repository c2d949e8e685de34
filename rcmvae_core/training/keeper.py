"""Saving while training goes on: which states, which checkpoints stay, and one thread that writes."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rcmvae_core.errors import Diagnostic, RunError
from rcmvae_core.training import checkpoints
from rcmvae_core.training.checkpoints import FORMAT, Named, Record
from rcmvae_core.training.journal import Journal
from rcmvae_core.training.state import TrainState


class Policy(NamedTuple):
    """How many checkpoints stay, and how soon one may follow another."""

    keep_last: int
    keep_best: int
    seconds: float


class Keeper:
    """The checkpoints of one seed.

    The caller's thread copies the arrays, a thread of this object's writes them; a second save waits for the
    first. What the thread could not write is raised by the next call.

    Args:
        folder: of the seed; made if it is absent.
        policy: how many, how often.
        facts: what the run depends on; part of every record.
        before: called by the thread before a record is written: what must be on the disk earlier than that.
    """

    def __init__(
        self, folder: Path, policy: Policy, facts: dict[str, Any], before: Callable[[], None] = lambda: None
    ) -> None:
        self._folder, self._policy, self._facts, self._before = folder, policy, facts, before
        self._thread = ThreadPoolExecutor(1, "checkpoints")
        self._writing: Future[None] | None = None
        self._held: tuple[Named, Journal] | None = None
        self._saved_at = -float("inf")
        self.seconds = 0.0
        """Time for which training stood still."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            checkpoints.sweep(folder)
        except OSError as error:
            raise _unwritable(folder, error) from None

    def due(self) -> bool:
        """Whether the last save is long enough ago."""
        return time.monotonic() - self._saved_at >= self._policy.seconds

    def hold(self, state: TrainState, journal: Journal) -> None:
        """Remember the best state; it is written with the next save, so that no checkpoint ever lacks its best."""
        if self._policy.keep_best:
            self._held = (checkpoints.named(state), journal)

    def save(self, state: TrainState, journal: Journal, *, wait: bool = False) -> None:
        """Save a state.

        Args:
            state: of a step that ended well.
            journal: of the same step.
            wait: return only when it is on the disk.

        Raises:
            RunError: E304 if the disk does not take it, or did not take the one before; E401 if a parameter
                is not finite, in which case nothing is written.
        """
        start = time.monotonic()
        arrays = checkpoints.named(state)
        _check_finite(arrays, journal)
        self.settle()
        best, self._held = self._held, None
        states = [best] if best and best[0]["step"] != arrays["step"] else []
        self._writing = self._thread.submit(self._write, [*states, (arrays, journal)])
        if wait:
            self.settle()
        self._saved_at = time.monotonic()
        self.seconds += self._saved_at - start

    def settle(self) -> None:
        """Wait until everything is on the disk.

        Raises:
            RunError: E304 if the disk did not take it.
        """
        writing, self._writing = self._writing, None
        if writing is not None:
            try:
                writing.result()
            except OSError as error:
                raise _unwritable(self._folder, error) from None

    def close(self) -> None:
        """Wait, and end the thread; what went wrong was raised before, or another error is on its way."""
        self._thread.shutdown(wait=True)

    def _write(self, states: list[tuple[Named, Journal]]) -> None:
        self._before()
        for arrays, journal in states:
            described = checkpoints.describe(arrays)
            record = Record(FORMAT, int(arrays["step"]), described, {}, journal._asdict(), self._facts)
            checkpoints.write(self._folder, arrays, record)
        self._prune(states[-1][1])

    def _prune(self, journal: Journal) -> None:
        found = list(checkpoints.records(self._folder))
        judged = [record for record in found if record.journal.get("value") is not None]
        judged.sort(key=lambda record: (-record.journal["value"], record.step))
        kept = {
            record.step for record in [*found[: self._policy.keep_last], *judged[: self._policy.keep_best]]
        }
        for record in found:
            if record.step not in kept | {journal.best_step}:
                checkpoints.remove(self._folder, record.step)


def _check_finite(arrays: Named, journal: Journal) -> None:
    floats = {n: a for n, a in arrays.items() if n.startswith("params/") and a.dtype.kind == "f"}
    bad = [name.removeprefix("params/") for name, array in floats.items() if not np.isfinite(array).all()]
    if bad:
        named = ", ".join(f"`{name}`" for name in bad[:3]) + (f" and {len(bad) - 3} more" if bad[3:] else "")
        message = f"after epoch {journal.epoch} of seed {journal.seed}, parameters are not finite: {named}"
        raise RunError([Diagnostic("E401", message, help=["a smaller learning rate usually helps"])])


def _unwritable(folder: Path, error: OSError) -> RunError:
    message = f"cannot write a checkpoint to `{folder}`: {error.strerror or error}"
    help_ = ["free some space; the checkpoints before it are whole, and `rcmvae resume` goes on from them"]
    return RunError([Diagnostic("E304", message, help=help_)])
