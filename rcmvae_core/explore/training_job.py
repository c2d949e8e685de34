"""Trains a model with the current labels in a process of its own, and shows it when it is done."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from rcmvae_core.errors import Diagnostic, RcmvaeError, RunError, fail
from rcmvae_core.explore.labelling import Labelling
from rcmvae_core.explore.model_list import ModelList
from rcmvae_core.explore.trained_models import ModelEntry, next_path, read_entries, write_entries
from rcmvae_core.explore.training_status import TrainingStatus
from rcmvae_core.runtime.user_files import exists

Notify = Callable[[dict[str, Any]], None]
_PATIENCE = (30.0, 5.0)
"""Seconds that a child has to end after SIGINT, and then after SIGTERM."""
_BETWEEN = 0.25
"""Seconds between two messages about progress."""
_CHILD = "rcmvae_core.explore.train_child"


class TrainingJob:
    """At most one training at a time: `rcmvae learn` of the model that is shown, as a child process.

    The child leads a session of its own, so that Ctrl-C of the page does not end it half-way. If the page ends or is
    killed, the child is interrupted: it saves a checkpoint, and its run directory can be resumed. A training that was
    stopped or has failed leaves its directory, which is no model of the page until `rcmvae resume` has finished it.

    Args:
        run: the run that is explored; new run directories are beside it.
        models: that the new model is added to.
        labels: the label store.
        notify: called with messages of the `live` channel.
        allow_edited: as of `rcmvae learn`.
    """

    def __init__(
        self, run: Path, models: ModelList, labels: Labelling, notify: Notify, *, allow_edited: bool = False
    ) -> None:
        self._run, self._models, self._labels, self._notify = run, models, labels, notify
        self._allow_edited = allow_edited
        self._lock = threading.RLock()
        self._status = TrainingStatus()
        self._child: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._last_message = 0.0

    def status(self) -> dict[str, Any]:
        """Return the content of `GET training`."""
        with self._lock:
            return self._status.as_json()

    def start(self, *, epochs: int | None = None, warm_start: bool = True) -> dict[str, Any]:
        """Start to train with the current labels.

        Args:
            epochs: how many; None for the default of `rcmvae learn`.
            warm_start: continue the model that is shown; else train a new one by its spec.

        Returns:
            The status.

        Raises:
            RcmvaeError: E487 if a training is running, E486 if the page only reads, E484 if `epochs` is below 1, E304 if
                nothing can be written beside the run.
        """
        if self._labels.read_only:
            fail("E486", "this page only reads", help=["start it without `--read-only`"])
        if epochs is not None and epochs < 1:
            fail("E484", f"`epochs` is {epochs}", help=["give at least 1"])
        with self._lock:
            if self._status.state == "running":
                fail("E487", "a training is running", help=["wait until it is done, or stop it"])
            parent = self._models.entry(self._models.current)
            entry = self._reserve(parent)
            self._child = _spawn(self._command(parent.path, entry.path, epochs, warm_start=warm_start))
            self._stopping, self._status = False, TrainingStatus("running")
            self._thread = threading.Thread(target=self._follow, args=(self._child, entry), name="training")
            self._thread.daemon = True
            self._thread.start()
        self._report(at_once=True)
        return self.status()

    def _reserve(self, parent: ModelEntry) -> ModelEntry:
        """Write down which model will be trained, before it is."""
        entries = read_entries(self._run, lambda _: None)
        used = {entry.number for entry in (*entries, *self._models.entries)}
        entry = ModelEntry(max(used) + 1, next_path(self._run, entries), parent.number)
        write_entries(self._run, [*entries, entry])
        return entry

    def _command(self, run: Path, out: Path, epochs: int | None, *, warm_start: bool) -> list[str]:
        words = [sys.executable, "-m", _CHILD, "learn", str(run), "--format", "jsonl", "--out", str(out)]
        words += ["--epochs", str(epochs)] if epochs is not None else []
        words += ["--warm-start"] if warm_start else []
        words += ["--store", str(self._labels.path)] if exists(self._labels.path) else []
        return words + (["--allow-edited"] if self._allow_edited else [])

    def _follow(self, child: subprocess.Popen[str], entry: ModelEntry) -> None:
        """Read what a child writes until it ends, then open its model."""
        errors = threading.Thread(target=self._read_lines, args=(child,), daemon=True)
        errors.start()
        for line in child.stdout or ():
            with suppress(ValueError, KeyError, TypeError, AttributeError):
                event = json.loads(line)
                with self._lock:
                    self._status.add_event(event)
            self._report()
        code = child.wait()
        errors.join()
        for stream in (child.stdin, child.stdout, child.stderr):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self._finish(code, entry)

    def _read_lines(self, child: subprocess.Popen[str]) -> None:
        for line in child.stderr or ():
            with self._lock:
                self._status.add_line(line)

    def _finish(self, code: int, entry: ModelEntry) -> None:
        """Set the last state of a training."""
        shown: int | None = None
        if code == 0:
            try:
                shown = self._models.add(entry).number
            except RcmvaeError as error:
                with self._lock:
                    self._status.errors = [_plain(each) for each in error.diagnostics]
        with self._lock:
            self._child = None
            if shown is not None:
                self._status.state, self._status.model = "done", shown
            elif self._stopping:
                self._status.state = "stopped"
            else:
                self._status.fail(code)
        self._report(at_once=True)
        if shown is not None:
            self._notify({"type": "model", "number": shown})

    def stop(self) -> dict[str, Any]:
        """Ask a running training to save a checkpoint and end; it is ended if it takes too long. Returns the status."""
        with self._lock:
            child = self._child
            if child is None:
                return self._status.as_json()
            self._stopping = True
        threading.Thread(target=_end, args=(child,), name="stop-training", daemon=True).start()
        return self.status()

    def wait(self, timeout: float | None = None) -> dict[str, Any]:
        """Wait until no training is running, at most some seconds, and return the status."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return self.status()

    def close(self) -> None:
        """End a running training and wait for it."""
        with self._lock:
            child, self._stopping = self._child, True
        if child is not None:
            _end(child)
            self.wait(_PATIENCE[1])

    def _report(self, *, at_once: bool = False) -> None:
        """Send the status to the pages, but not too often."""
        now = time.monotonic()
        if at_once or now - self._last_message > _BETWEEN:
            self._last_message = now
            self._notify({"type": "training", **self.status()})


def _spawn(command: list[str]) -> subprocess.Popen[str]:
    """Start a child that leads a session of its own.

    Raises:
        RunError: E498 if the system does not permit it.
    """
    try:
        return subprocess.Popen(  # noqa: S603 - this program, without a shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        message = f"training cannot start: {error.strerror or error}"
        fail("E498", message, help=["end other programs, and try again"], error=RunError)


def _end(child: subprocess.Popen[str]) -> None:
    """End a child: it may save first, then must leave at once, then is killed."""
    for number, seconds in zip((signal.SIGINT, signal.SIGTERM), _PATIENCE, strict=True):
        with suppress(ProcessLookupError):
            child.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
            return
    child.kill()


def _plain(diagnostic: Diagnostic) -> dict[str, Any]:
    return {"code": diagnostic.code, "message": diagnostic.message, "help": list(diagnostic.help)}
