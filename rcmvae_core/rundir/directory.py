"""Writes a run directory; no other code does."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from rcmvae_core.errors import RcmvaeError, RunError, fail
from rcmvae_core.plugin.protocols.report_arrays import ReportArrays, Snapshot
from rcmvae_core.rundir import report_arrays
from rcmvae_core.rundir.contents import PROJECTIONS, check_contents
from rcmvae_core.rundir.metrics import MetricsWriter, Row
from rcmvae_core.rundir.records import FORMAT, STATUS
from rcmvae_core.rundir.writer_lock import LOCK
from rcmvae_core.runtime.atomic_files import atomic_write, is_full, replacing, unwritable
from rcmvae_core.runtime.partial_files import remove_abandoned

_STATUS = STATUS
_HINT = "choose another --out DIR"


def checkpoint_folder(run: Path, seed: int) -> Path:
    """Return the folder of a seed's checkpoints in a run directory."""
    return run / "checkpoints" / f"seed-{seed}"


class RunDirectory:
    """An open run directory, locked by one process until it is closed.

    The lock belongs to the process: it is released if the process is killed.

    The file of the lock stays: a process that had opened a removed one could lock it beside the next.

    Args:
        path: the directory; made if it is absent.
        resume: whether it may hold a run already, to be resumed.

    Raises:
        RcmvaeError: E303 if it holds something else, another run, or is locked by another process; E304 if it cannot
            be written; E451 if something in it is a symbolic link. Nothing is written, and no folder is left, then.
    """

    def __init__(self, path: Path, *, resume: bool = False) -> None:
        self.path = path
        self._made = [folder for folder in (path, *path.parents) if not folder.exists()]
        self._is_discarded = False
        try:
            with _opening(path):
                if path not in self._made:  # before the lock is written
                    check_contents(path, resume=resume)
                path.mkdir(parents=True, exist_ok=True)
            self._lock = _acquire(path)
        except BaseException:
            self._remove_made()
            raise
        try:
            with _opening(path):
                check_contents(path, resume=resume)
                for folder in (path, path / "figures", path / report_arrays.FOLDER, path / PROJECTIONS):
                    remove_abandoned(folder, seconds=0)
                self._metrics = MetricsWriter(path)
        except BaseException:
            self._is_discarded = not resume or path in self._made
            self._end()
            raise

    def write_text(self, name: str, text: str) -> Path:
        """Write a text file atomically, and return its path."""
        with replacing(self.path / name, _HINT) as partial:
            partial.write_text(text, encoding="utf-8")
        return self.path / name

    def write_json(self, name: str, value: object) -> Path:
        """Write JSON as `write_text`."""
        return self.write_text(name, json.dumps(value, indent=2) + "\n")

    def write_status(self, state: str, **facts: object) -> None:
        """Write the state of the run: `running`, `done`, `failed` or `interrupted`."""
        self.write_text(_STATUS, _status(state, **facts))

    def truncate_metrics(self, steps: Mapping[int, int]) -> list[Row]:
        """Drop the rows after the step from which each seed is resumed, and return the others; see `MetricsWriter`."""
        with _writing(self._metrics.path):
            return self._metrics.truncate(steps)

    def append_metrics(self, row: Mapping[str, float], seed: int, step: int) -> None:
        """Add a row to `metrics.jsonl` and to the TensorBoard events of its seed.

        Args:
            row: values by name.
            seed: the seed that was evaluated.
            step: the step after which it was evaluated.
        """
        with _writing(self._metrics.path):
            self._metrics.append(row, seed, step)

    def sync_metrics(self) -> None:
        """Put the rows on the disk: a checkpoint must not be there without the rows that led to it."""
        self._metrics.sync()

    def write_report_arrays(self, seed: int, arrays: ReportArrays) -> None:
        """Write the arrays that figures of a seed are drawn from."""
        with replacing(self.path / report_arrays.arrays_name(seed), _HINT) as partial:
            report_arrays.save(partial, arrays)

    def write_snapshot(self, seed: int, snapshot: Snapshot) -> None:
        """Write a snapshot of a seed in the course of training."""
        with replacing(self.path / report_arrays.snapshot_name(seed, snapshot.epoch), _HINT) as partial:
            report_arrays.save_snapshot(partial, snapshot)

    def write_arrays(self, name: str, arrays: Mapping[str, Any]) -> None:
        """Write arrays by name as npz, atomically."""
        with replacing(self.path / name, _HINT) as partial, partial.open("wb") as file:
            np.savez_compressed(file, **arrays)

    def write_figure(self, name: str, content: bytes) -> None:
        """Write a figure of the report as a file of its own."""
        with replacing(self.path / "figures" / name, _HINT) as partial:
            partial.write_bytes(content)

    def checkpoints(self, seed: int) -> Path:
        """Return the folder of a seed's checkpoints, which a `CheckpointManager` writes."""
        return checkpoint_folder(self.path, seed)

    def discard(self) -> None:
        """Remove on closing all that was written, and the folders that were made for it; not for a run to be resumed."""
        self._is_discarded = True

    def close(self) -> None:
        """Close the files and release the lock."""
        self._metrics.close()
        self._end()

    def _end(self) -> None:
        if self._is_discarded:
            for entry in self.path.iterdir():
                is_folder = entry.is_dir() and not entry.is_symlink()
                if is_folder:
                    shutil.rmtree(entry, ignore_errors=True)
                elif entry.name != LOCK:
                    entry.unlink(missing_ok=True)
            # Removed while it is locked: filelock rejects a process that locks the removed file afterwards.
            with suppress(OSError):
                (self.path / LOCK).unlink(missing_ok=True)
        self._lock.release()
        if self._is_discarded:
            self._remove_made()

    def _remove_made(self) -> None:
        with suppress(OSError):  # a folder that others use stays
            for folder in self._made:
                folder.rmdir()

    def __enter__(self) -> RunDirectory:  # noqa: PYI034 - under test `Self` is refused outside decorated classes
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def mark_interrupted(run: Path) -> None:
    """Write to the status of a run that its process ends at once; the main thread may be writing the status too."""
    with suppress(OSError), atomic_write(run / _STATUS) as partial:  # the process ends in any case
        partial.write_text(_status("interrupted", reason="left at once"), encoding="utf-8")


def _status(state: str, **facts: object) -> str:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return (
        json.dumps({"format": FORMAT, "state": state, "time": now, "process": os.getpid(), **facts}, indent=2)
        + "\n"
    )


def _acquire(path: Path) -> FileLock:
    with _opening(path):
        # Not of one thread: whichever closes the directory releases it.
        lock = FileLock(path / LOCK, timeout=0, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            message = f"another process is writing `{path}`"
            fail("E303", message, help=["wait for it, or choose another folder with --out DIR"])
        return lock


@contextmanager
def _opening(path: Path) -> Generator[None]:
    """Turn an `OSError` of the block into a diagnostic: of the system if the disk is full, else of the path."""
    try:
        yield
    except OSError as caught:
        error = RunError if is_full(caught) else RcmvaeError
        raise error([unwritable(path, caught, _HINT)]) from None


@contextmanager
def _writing(target: Path) -> Generator[None]:
    """Turn an `OSError` of the block into a diagnostic."""
    try:
        yield
    except OSError as caught:
        raise RunError([unwritable(target, caught, _HINT)]) from None
