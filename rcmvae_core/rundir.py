"""The only code that writes a run directory."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from tensorboardX.event_file_writer import EventsWriter
from tensorboardX.proto.event_pb2 import Event, SessionLog  # pyright: ignore[reportAttributeAccessIssue] - generated
from tensorboardX.summary import scalar

from rcmvae_core import diagnostics
from rcmvae_core.diagnostics import Diagnostics
from rcmvae_core.errors import Diagnostic, RcmvaeError, RunError
from rcmvae_core.files import unwritable

_ELSEWHERE = "choose another --out DIR"


def checkpoints_of(path: Path, seed: int) -> Path:
    """Where the checkpoints of a run's seed lie."""
    return path / "checkpoints" / f"seed-{seed}"


class RunDirectory:
    """An open run directory, held by one process until it is closed.

    Args:
        path: where; made if it is absent.
        resume: whether it holds a run to go on with, whose rows are dropped by `keep_rows` where they are lost.

    Raises:
        RcmvaeError: E303 if it holds something else, another run, or is being written; E304 if it cannot
            be written.
    """

    def __init__(self, path: Path, *, resume: bool = False) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            strangers = sorted(entry.name for entry in path.iterdir() if entry.name != ".lock")
            self._lock = (path / ".lock").open("w")
        except OSError as error:
            raise RcmvaeError([unwritable(path, error, _ELSEWHERE)]) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            message = f"another process is writing `{path}`"
            raise RcmvaeError(
                [Diagnostic("E303", message, help=["wait for it, or give --out DIR"])]
            ) from None
        if strangers and not resume:
            self._lock.close()
            message = f"`{path}` is not empty: it holds `{strangers[0]}`"
            help_ = ["choose a new folder with --out DIR"]
            if "spec.toml" in strangers:
                help_.append(f"to go on with the run in it: rcmvae resume {path}")
            raise RcmvaeError([Diagnostic("E303", message, help=help_)])
        try:
            self._metrics: TextIO = (path / "metrics.jsonl").open("a", encoding="utf-8")
            (path / "tensorboard").mkdir(exist_ok=True)
            self._boards: dict[int, Any] = {}
        except OSError as error:
            raise RcmvaeError([unwritable(path, error, _ELSEWHERE)]) from None

    @contextmanager
    def _replacing(self, name: str) -> Generator[Path]:
        """A file to write, which takes its name when it is whole: a reader finds the old one or the new one."""
        target = self.path / name
        partial = target.with_name(target.name + ".partial")
        try:
            target.parent.mkdir(exist_ok=True)
            yield partial
            with partial.open("rb") as file:
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise RunError([unwritable(target, error, _ELSEWHERE)]) from None

    def write_text(self, name: str, text: str) -> Path:
        """Write a text file, whole or not at all."""
        with self._replacing(name) as partial:
            partial.write_text(text, encoding="utf-8")
        return self.path / name

    def write_json(self, name: str, value: object) -> Path:
        """Write JSON, as `write_text`."""
        return self.write_text(name, json.dumps(value, indent=2) + "\n")

    def write_status(self, state: str, **facts: object) -> None:
        """Say how the run stands: `running`, `done`, `failed` or `interrupted`."""
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        self.write_json("status.json", {"state": state, "time": moment, "process": os.getpid(), **facts})

    def keep_rows(self, reached: Mapping[int, int]) -> list[dict[str, float]]:
        """Drop the rows of epochs that are lost, and give those that are left.

        Args:
            reached: the step from which each seed goes on; 0, or absent, if from its beginning.
        """
        name, rows = "metrics.jsonl", list[dict[str, float]]()
        for line in (self.path / name).read_text(encoding="utf-8").splitlines():
            try:
                row: dict[str, float] = json.loads(line)
            except ValueError:  # cut off when the process died
                continue
            if row["step"] <= reached.get(int(row["seed"]), 0):
                rows.append(row)
        self._metrics.close()
        self.write_text(name, "".join(json.dumps(row) + "\n" for row in rows))
        try:
            self._metrics = (self.path / name).open("a", encoding="utf-8")
            for seed, step in reached.items():
                # TensorBoard drops what it read of this run from here on.
                start = SessionLog(status=SessionLog.START)
                self._board(seed).write_event(Event(step=step + 1, wall_time=time.time(), session_log=start))
        except OSError as error:
            raise RunError([unwritable(self.path / name, error, _ELSEWHERE)]) from None
        return rows

    def append_metrics(self, row: Mapping[str, float], seed: int, step: int) -> None:
        """Add a row to `metrics.jsonl` and to the TensorBoard events of its seed."""
        try:
            self._metrics.write(json.dumps(row) + "\n")
            self._metrics.flush()
            board = self._board(seed)
            for name, value in row.items():
                if "/" in name:
                    board.write_event(Event(step=step, wall_time=time.time(), summary=scalar(name, value)))
            board.flush()
        except OSError as error:
            raise RunError([unwritable(self.path / "metrics.jsonl", error, _ELSEWHERE)]) from None

    def sync_metrics(self) -> None:
        """Put the rows on the disk: a checkpoint must not be there without those that led to it."""
        os.fsync(self._metrics.fileno())

    def _board(self, seed: int) -> Any:
        # Not SummaryWriter: its queue and thread turn a full disk into tracebacks of their own.
        if seed not in self._boards:
            folder = self.path / "tensorboard" / f"seed-{seed}"
            folder.mkdir(exist_ok=True)
            self._boards[seed] = EventsWriter(str(folder / "events"))
        return self._boards[seed]

    def write_diagnostics(self, bundle: Diagnostics) -> None:
        """Write the bundle that every figure reads."""
        with self._replacing("diagnostics.npz") as partial:
            diagnostics.save(partial, bundle)

    def write_arrays(self, name: str, arrays: Mapping[str, Any]) -> None:
        """Write arrays by name as npz, as `write_text`."""
        with self._replacing(name) as partial, partial.open("wb") as file:
            np.savez_compressed(file, **arrays)

    def write_figure(self, name: str, content: bytes) -> None:
        """Write a picture of the report as a file of its own."""
        with self._replacing(f"figures/{name}") as partial:
            partial.write_bytes(content)

    def checkpoints(self, seed: int) -> Path:
        """Where the checkpoints of a seed lie; a `Keeper` writes them."""
        return checkpoints_of(self.path, seed)

    def close(self) -> None:
        """Let go of the directory."""
        for file in (self._metrics, *self._boards.values(), self._lock):
            # Every row was flushed when it was written; on a full disk closing only repeats that error.
            with suppress(OSError):
                file.close()
        (self.path / ".lock").unlink(missing_ok=True)

    def __enter__(self) -> RunDirectory:  # noqa: PYI034 - under test `Self` is refused outside decorated classes
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def mark_interrupted(path: Path) -> None:
    """Say in the status of a run that its process leaves at once; nothing else of it is touched."""
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    status = {"state": "interrupted", "time": moment, "process": os.getpid(), "reason": "left at once"}
    with suppress(OSError):  # the process leaves in any case
        # A name of its own: the main thread may be writing the status too.
        partial = path / "status.json.leaving"
        partial.write_text(json.dumps(status, indent=2) + "\n", encoding="utf-8")
        partial.replace(path / "status.json")
