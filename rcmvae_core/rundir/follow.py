"""Follows a run by its records, while another process writes them."""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from rcmvae_core.rundir.listing import ACTIVE, ListedRun, is_run, read_run_state, read_spec_values
from rcmvae_core.rundir.records import METRICS, Metrics
from rcmvae_core.rundir.row_tail import RowTail
from rcmvae_core.runtime.records import Count, RecordError, structure

_CHECKPOINT = re.compile(r"step-([0-9]{9,15})\.json")
_REMOVED = "the run directory was removed: a run that fails before its first step leaves none"


class SavedStep(NamedTuple):
    """A checkpoint.

    Args:
        step: of the state.
        time: when it was written, in seconds since 1970.
    """

    step: int
    time: float


class RunView(NamedTuple):
    """What can be seen of a run at a moment.

    Args:
        run: its run directory.
        name: of the run.
        state: one of `STATES` of a list.
        reason: for the state.
        is_locked: whether a process is writing the run; None if the system cannot say.
        process: the id of the process that wrote the status.
        seeds: of the spec.
        epochs: of each seed; 0 if that is unknown.
        seed: of the last row.
        rows: of this seed.
        epochs_done: of all seeds together; those of a finished seed count, also if it stopped early.
        monitor: the validation metric by which states are compared.
        epoch_seconds: of an epoch on average; None before the first one.
        time: when the status was written, in seconds since 1970.
        checkpoint: the last one of the seed.
        warnings: of the run so far, a line each.
        result: in a few words; empty without one, and where the rows say more.
    """

    run: Path
    name: str = ""
    state: str = "unknown"
    reason: str = ""
    is_locked: bool | None = None
    process: int = 0
    seeds: tuple[int, ...] = ()
    epochs: int = 0
    seed: int | None = None
    rows: tuple[Metrics, ...] = ()
    epochs_done: int = 0
    monitor: str = ""
    epoch_seconds: float | None = None
    time: float | None = None
    checkpoint: SavedStep | None = None
    warnings: tuple[str, ...] = ()
    result: str = ""

    @property
    def epoch(self) -> int:
        """The last epoch of the seed."""
        return int(self.rows[-1]["epoch"]) if self.rows else 0

    @property
    def is_active(self) -> bool:
        """Whether the run may go further; an interrupted one does if a process has opened it to resume it."""
        return self.state in ACTIVE or (self.state not in ("done", "dead") and bool(self.is_locked))

    def seconds_left(self, now: float) -> float | None:
        """Return an estimate of the time until every seed is trained; None if there is none.

        Early stopping can only make it shorter. The epoch that is under way counts by the time since the last one.

        Args:
            now: in seconds since 1970.
        """
        remaining = len(self.seeds) * self.epochs - self.epochs_done
        if self.state != "running" or self.epoch_seconds is None or remaining <= 0:
            return None
        since = 0.0 if self.time is None else min(max(now - self.time, 0.0), self.epoch_seconds)
        return remaining * self.epoch_seconds - since


def listed_view(run: ListedRun) -> RunView:
    """Return the view of a run that nobody follows, by its entry in a list."""
    return RunView(
        run.path,
        run.name,
        run.state,
        run.reason,
        time=_timestamp(run.time),
        result=run.headline if run.metric else "",
    )


class RunFollower:
    """Reads a run again and again.

    Args:
        run: its run directory.
    """

    def __init__(self, run: Path) -> None:
        self._run, self._tail = run, RowTail(run / METRICS)
        self._spec: dict[str, Any] = {}

    def read(self) -> RunView:
        """Return what can be seen of the run now; nothing in it is trusted."""
        state = read_run_state(self._run)
        if not is_run(self._run):
            return RunView(self._run, self._run.name, reason=_REMOVED)
        status = state.status
        self._tail.read()
        rows = self._tail.rows
        self._spec = self._spec or read_spec_values(self._run)
        seeds, epochs = _sizes(self._spec)
        last = {int(row["seed"]): int(row["epoch"]) for row in rows} | dict.fromkeys(status.finished, epochs)
        seed = int(rows[-1]["seed"]) if rows else None
        return RunView(
            self._run,
            str(self._spec.get("name", self._run.name)),
            state.name,
            state.reason,
            state.is_locked,
            status.process,
            seeds,
            epochs,
            seed,
            tuple(row for row in rows if row["seed"] == seed),
            sum(min(last.get(each, 0), epochs) for each in seeds),
            status.monitor,
            status.epoch_seconds,
            _timestamp(status.time),
            _last_checkpoint(self._run, seed),
            status.warnings,
        )


def _sizes(spec: dict[str, Any]) -> tuple[tuple[int, ...], int]:
    """Return the seeds and the epochs of a spec; none if it does not have them as a run writes them."""
    try:
        train = structure(spec.get("train"), dict[str, Any])
        return structure(spec.get("seeds"), tuple[int, ...]), structure(train.get("epochs"), Count)
    except RecordError:
        return (), 0


def _timestamp(time: str) -> float | None:
    try:
        return datetime.fromisoformat(time).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _last_checkpoint(run: Path, seed: int | None) -> SavedStep | None:
    """Return the checkpoint of a seed with the last step, by the name and the time of its record."""
    try:
        with os.scandir(run / "checkpoints" / f"seed-{seed}") as entries:
            found = [(match[1], entry) for entry in entries if (match := _CHECKPOINT.fullmatch(entry.name))]
            saved = [SavedStep(int(step), entry.stat().st_mtime) for step, entry in found]
    except OSError:  # also of one that is removed meanwhile
        return None
    return max(saved, default=None)
