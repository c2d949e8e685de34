"""Handles Ctrl-C and SIGTERM: the first asks a run to finish the step and save, the second ends the process at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)
EXIT_CODE = 130


class StopSignal:
    """A context in which signals raise nothing but set a flag, even while a compiled program runs.

    Python's own handlers wait for the interpreter, which compiled code may block for minutes; so a thread listens.

    Args:
        on_stop: called by that thread at the first signal.
        on_exit: called by that thread at the second, before the process ends with exit code 130.
    """

    def __init__(self, on_stop: Callable[[], None], on_exit: Callable[[], None]) -> None:
        self._on_stop, self._on_exit = on_stop, on_exit
        self._count, self._previous = 0, dict[int, Any]()

    def __call__(self) -> bool:
        """Return whether a signal has arrived."""
        return self._count > 0

    def __enter__(self) -> Self:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self._previous_fd = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._previous = {number: signal.signal(number, _ignore) for number in SIGNALS}
        self._thread = threading.Thread(target=self._listen, name="signals", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._previous_fd)
        os.close(self._writer)  # ends the thread's `read`
        self._thread.join()
        os.close(self._reader)

    def _listen(self) -> None:
        while byte := os.read(self._reader, 1):
            if byte[0] not in SIGNALS:
                continue
            self._count += 1
            if self._count == 1:
                self._on_stop()
            else:
                try:
                    self._on_exit()
                finally:
                    os._exit(EXIT_CODE)


def _ignore(*_: object) -> None:
    """Do nothing: the thread reads the signal from the pipe."""


def raise_on_sigterm() -> None:
    """Let SIGTERM raise `KeyboardInterrupt`, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
