"""Ctrl-C and SIGTERM: the first asks to finish the step and save, the second leaves at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)
EXIT_CODE = 130


class Interruption:
    """While it is entered signals raise nothing; they are noticed even while a compiled program runs.

    Python's own handlers wait for its interpreter, which compiled code may keep for minutes; so a thread listens.

    Args:
        asked: called by that thread at the first signal.
        left: called by it at the second, before the process ends with exit code 130.
    """

    def __init__(self, asked: Callable[[], None], left: Callable[[], None]) -> None:
        self._asked, self._left = asked, left
        self._count, self._previous = 0, dict[int, Any]()

    def __call__(self) -> bool:
        """Whether somebody asked to stop."""
        return self._count > 0

    def __enter__(self) -> Self:
        self._ours, theirs = os.pipe()
        os.set_blocking(theirs, False)
        self._theirs = theirs
        self._before = signal.set_wakeup_fd(theirs, warn_on_full_buffer=False)
        self._previous = {number: signal.signal(number, _nothing) for number in SIGNALS}
        self._thread = threading.Thread(target=self._listen, name="signals", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._before)
        os.close(self._theirs)
        self._thread.join()
        os.close(self._ours)

    def _listen(self) -> None:
        while byte := os.read(self._ours, 1):
            if byte[0] not in SIGNALS:
                continue
            self._count += 1
            if self._count == 1:
                self._asked()
            else:
                try:
                    self._left()
                finally:
                    os._exit(EXIT_CODE)


def _nothing(*_: object) -> None:
    """The thread hears of it."""


def raise_on_sigterm() -> None:
    """Let SIGTERM end a command as Ctrl-C does, wherever it is."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
