"""Saves checkpoints while training continues: which states are saved, which are kept, and the thread that writes."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rcmvae_core.errors import Diagnostic, RunError, fail, quoted
from rcmvae_core.training.checkpoints import files as checkpoint_files
from rcmvae_core.training.checkpoints.files import FORMAT, Record
from rcmvae_core.training.checkpoints.state_arrays import NamedArrays, describe_arrays, named_arrays
from rcmvae_core.training.progress import LoopState
from rcmvae_core.training.state import TrainState

_LISTED = 3
"""Arrays that a message lists."""


class Policy(NamedTuple):
    """Which checkpoints are kept.

    Args:
        keep_last: number of the latest.
        keep_best: number of the best, besides.
        seconds: the least time between two checkpoints.
    """

    keep_last: int
    keep_best: int
    seconds: float


class CheckpointManager:
    """Writes the checkpoints of one seed.

    The caller's thread copies the arrays, and a thread of this object writes them; a second save waits for the first
    one. What the thread could not write is raised by the next call.

    Args:
        folder: of the seed; made if it does not exist.
        policy: which checkpoints are kept.
        facts: what the numbers of the run depend on; part of every record.
        before_write: called by the thread before each write, to put on the disk what must be there earlier.

    Raises:
        RunError: E304 if the folder cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        policy: Policy,
        facts: dict[str, Any],
        before_write: Callable[[], None] = lambda: None,
    ) -> None:
        self._folder, self._policy, self._facts, self._before_write = folder, policy, facts, before_write
        self._thread = ThreadPoolExecutor(1, "checkpoints")
        self._writing: Future[None] | None = None
        self._best: tuple[NamedArrays, LoopState] | None = None
        self._saved_at = -float("inf")
        self.seconds = 0.0
        """Time for which training waited."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            checkpoint_files.remove_incomplete(folder)
        except OSError as error:
            raise _unwritable(folder, error) from None

    def is_due(self) -> bool:
        """Return whether enough time has passed since the last save."""
        return time.monotonic() - self._saved_at >= self._policy.seconds

    def keep_in_memory(self, state: TrainState, loop_state: LoopState) -> None:
        """Copy the best state; it is written with the next save, so that a checkpoint never lacks the best one."""
        if self._policy.keep_best:
            self._best = (named_arrays(state), loop_state)

    def save(self, state: TrainState, loop_state: LoopState, *, wait: bool = False) -> None:
        """Save a state, and the best one if it is in memory.

        Args:
            state: after a step whose losses were finite.
            loop_state: of the same step.
            wait: return only when the checkpoint is on the disk.

        Raises:
            RunError: E304 if this checkpoint or the one before it cannot be written; E401 if a parameter is not
                finite, in which case nothing is written.
        """
        start = time.monotonic()
        arrays = named_arrays(state)
        _check_finite(arrays, loop_state)
        self.wait()
        best, self._best = self._best, None
        states = [best] if best and best[0]["step"] != arrays["step"] else []
        self._writing = self._thread.submit(self._write, [*states, (arrays, loop_state)])
        if wait:
            self.wait()
        self._saved_at = time.monotonic()
        self.seconds += self._saved_at - start

    def wait(self) -> None:
        """Wait until everything is on the disk.

        Raises:
            RunError: E304 if it cannot be written.
        """
        writing, self._writing = self._writing, None
        if writing is not None:
            try:
                writing.result()
            except OSError as error:
                raise _unwritable(self._folder, error) from None

    def close(self) -> None:
        """Wait, and end the thread; an error of the last write is not raised, because another one is on its way."""
        self._thread.shutdown(wait=True)

    def _write(self, states: list[tuple[NamedArrays, LoopState]]) -> None:
        self._before_write()
        for arrays, loop_state in states:
            descriptions = describe_arrays(arrays)
            record = Record(FORMAT, int(arrays["step"]), descriptions, {}, loop_state._asdict(), self._facts)
            checkpoint_files.write(self._folder, arrays, record)
        self._prune(states[-1][1])

    def _prune(self, loop_state: LoopState) -> None:
        """Delete the checkpoints that the policy does not keep; the best one of this run is kept in any case."""
        records = list(checkpoint_files.records(self._folder))
        evaluated = [record for record in records if record.journal.get("value") is not None]
        evaluated.sort(key=lambda record: (-record.journal["value"], record.step))
        kept = {loop_state.best_step}
        kept |= {record.step for record in records[: self._policy.keep_last]}
        kept |= {record.step for record in evaluated[: self._policy.keep_best]}
        for record in records:
            if record.step not in kept:
                checkpoint_files.remove(self._folder, record.step)


def _check_finite(arrays: NamedArrays, loop_state: LoopState) -> None:
    floats = {n: a for n, a in arrays.items() if n.startswith("params/") and a.dtype.kind == "f"}
    names = [name.removeprefix("params/") for name, array in floats.items() if not np.isfinite(array).all()]
    if names:
        more = f" and {len(names) - _LISTED} more" if names[_LISTED:] else ""
        listed = quoted(names[:_LISTED]) + more
        message = (
            f"after epoch {loop_state.epoch} of seed {loop_state.seed}, parameters are not finite: {listed}"
        )
        fail("E401", message, help=["a smaller learning rate usually helps"], error=RunError)


def _unwritable(folder: Path, error: OSError) -> RunError:
    message = f"cannot write a checkpoint to `{folder}`: {error.strerror or error}"
    help_ = ["free some space, then `rcmvae resume`; earlier checkpoints are complete"]
    return RunError([Diagnostic("E304", message, help=help_)])
