"""Handles Ctrl-C, SIGTERM and SIGHUP: the first asks a command to finish or to clean up, the second ends it at once."""

from __future__ import annotations

import _thread
import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, NoReturn, Self

EXIT_CODE = 130
_REPEAT = b"\0"
"""No number of a signal: raise `KeyboardInterrupt` once more."""
_REPEAT_SECONDS = 0.01


def _numbers() -> list[signal.Signals]:
    """Return the signals that end a command; a lost terminal does not end one that `nohup` has started."""
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *([] if ignored else [signal.SIGHUP])]


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
        self._previous = {number: signal.signal(number, self._handle) for number in _numbers()}
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

    def _handle(self, _: int, frame: FrameType | None) -> None:
        """Do nothing: the thread reads the signal from the pipe."""

    def _on_byte(self, byte: bytes) -> bool:
        """Return whether a byte is a signal to act on."""
        return byte[0] in self._previous

    def _listen(self) -> None:
        while byte := os.read(self._reader, 1):
            if not self._on_byte(byte):
                continue
            self._count += 1
            if self._count == 1:
                self._on_stop()
            else:
                try:
                    self._on_exit()
                finally:
                    os._exit(EXIT_CODE)


class InterruptSignal(StopSignal):
    """A context in which the first signal raises `KeyboardInterrupt` and the second ends the process at once.

    It is never left: from `finish` on, a signal ends the process with the exit code of the work, which is done.
    """

    def __init__(self) -> None:
        super().__init__(_do_nothing, _do_nothing)
        self._has_raised, self._repeats = False, 0

    def __call__(self) -> bool:
        """Return whether a signal has raised `KeyboardInterrupt`, whatever became of the exception."""
        return self._has_raised

    def __enter__(self) -> Self:
        atexit.register(self._at_exit)  # the first that is registered is the last that is called
        result = super().__enter__()
        sys.unraisablehook, sys.excepthook = self._note_ignored, self._print_exception
        return result

    def __exit__(self, *_: object) -> None:
        """Keep the handlers."""

    def _at_exit(self) -> None:
        """Let no signal end the process while Python clears its modules, after it has put its own handlers back.

        After an interruption the process ends here: Python would send itself a SIGINT if the exception has passed through
        code that was compiled from a string, even if it was caught.
        """
        for number in self._previous:
            signal.signal(number, signal.SIG_IGN)
        if self._has_raised:
            with suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(EXIT_CODE)

    def finish(self, code: int) -> None:
        """Let a signal end the process with the exit code of the work from now on."""
        signal.set_wakeup_fd(self._previous_fd)

        def leave(*_: object) -> NoReturn:
            os._exit(code)

        for number in self._previous:
            signal.signal(number, leave)

    def _handle(self, _: int, frame: FrameType | None) -> None:
        self._has_raised = True
        if _is_loading_extension(frame):
            os.write(self._writer, _REPEAT)
        else:
            raise KeyboardInterrupt

    def _note_ignored(self, ignored: sys.UnraisableHookArgs) -> None:
        """Raise once more what Python ignores where no exception can be raised, such as during garbage collection.

        The thread does so a little later, because here it would be ignored again.
        """
        if issubclass(ignored.exc_type, KeyboardInterrupt):
            os.write(self._writer, _REPEAT)
        elif not self._has_raised:
            sys.__unraisablehook__(ignored)

    def _print_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Print an exception, unless it follows from the signal: compiled modules print those that they handle."""
        if not self._has_raised:
            sys.__excepthook__(kind, error, trace)

    def _on_byte(self, byte: bytes) -> bool:
        if byte == _REPEAT:
            time.sleep(_REPEAT_SECONDS)
            self._repeats += 1
            _thread.interrupt_main()
            return False
        if self._repeats:  # it is the signal of the line above
            self._repeats -= 1
            return False
        return super()._on_byte(byte)


def _is_loading_extension(frame: FrameType | None) -> bool:
    """Return whether a frame belongs to the import of a compiled module, some of which abort at an exception."""
    while frame is not None:
        if frame.f_code.co_qualname.startswith("ExtensionFileLoader."):
            return True
        frame = frame.f_back
    return False


def _do_nothing() -> None:
    """Do nothing."""
