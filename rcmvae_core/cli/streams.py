"""Writes what a command prints: results to stdout, messages to stderr, and neither of them can end its work.

While a verb works, `sys.stdout` is stderr: what a plugin or a library prints is no result. Results go through
`print_result` and `print_document`, messages through `print_message`.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TextIO

from rcmvae_core.runtime.printable import printable, printable_lines

_READER_LEFT = (errno.EPIPE, errno.ECONNRESET)
_results: SafeStream | None = None
"""Gets the results of the command; None outside a command, where `sys.stdout` gets them."""


class SafeStream:
    """A stream of strings that discards everything once it cannot be written, and escapes what its encoding lacks.

    Args:
        stream: the text stream that is written to; None if the process has no such stream.
        owns_descriptor: whether its file descriptor belongs to the command, which may then redirect it.

    Attributes:
        error: the first error of writing; None without one.
    """

    def __init__(self, stream: Any, *, owns_descriptor: bool) -> None:
        self.error: OSError | ValueError | None = None
        self._is_closed, self._owns_descriptor = stream is None, owns_descriptor
        self._stream = _null() if stream is None else stream
        self._is_terminal = self._stream.isatty()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @property
    def is_lost(self) -> bool:
        """Whether something was not written although somebody may wait for it: no reader has left."""
        if self.error is None or getattr(self.error, "errno", None) in _READER_LEFT:
            return False
        return not (self._is_terminal and getattr(self.error, "errno", None) == errno.EIO)

    def write(self, text: str) -> int:
        """Write text, or discard it.

        Returns:
            The number of its characters.
        """
        encoding = self._stream.encoding
        if encoding and not text.isascii():
            text = text.encode(encoding, "backslashreplace").decode(encoding)
        if self._is_closed and text:
            self._discard(OSError(errno.EBADF, os.strerror(errno.EBADF)))
        elif self.error is None:
            self._try(self._stream.write, text)
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write every string."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write what is buffered, or discard it."""
        if self.error is None:
            self._try(self._stream.flush)

    def _try(self, method: Any, *arguments: Any) -> None:
        try:
            method(*arguments)
        except (OSError, ValueError) as error:  # ValueError if it was closed
            self._discard(error)

    def _discard(self, error: OSError | ValueError) -> None:
        """Keep the first error, and let Python, which writes what is buffered at its end, write it nowhere."""
        self.error = self.error or error
        self._is_closed = False
        if self._owns_descriptor and not self._stream.closed:
            with _null() as null:
                os.dup2(null.fileno(), self._stream.fileno())


class Streams:
    """A context in which the streams of the process are safe.

    Args:
        owns_process: whether the process lives for the command, which may then redirect its file descriptors.
    """

    def __init__(self, *, owns_process: bool) -> None:
        self.owns_process = owns_process
        self._reserved: TextIO | None = None

    def __enter__(self) -> Self:
        global _results
        if self.owns_process:
            _open_missing()
        self._previous = sys.stdout, sys.stderr, _results
        self.out = SafeStream(sys.stdout, owns_descriptor=self.owns_process)
        self.err = SafeStream(sys.stderr, owns_descriptor=self.owns_process)
        sys.stdout, sys.stderr, _results = self.out, self.err, self.out
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        global _results
        self.out.flush()
        self.err.flush()
        sys.stdout, sys.stderr, _results = self._previous
        if self._reserved is not None:
            with suppress(OSError):  # what could not be written is known already
                self._reserved.close()

    def reserve_stdout(self) -> None:
        """Keep stdout for results: everything else that is printed goes to stderr, even by compiled libraries."""
        global _results  # noqa: PLW0603 - as above
        if self.owns_process and not self.out.closed and self.out.fileno() == 1:
            descriptor = os.dup(1)
            stream = os.fdopen(descriptor, "w", encoding=self.out.encoding)
            self.out.flush()
            os.dup2(2, 1)
            self._reserved = stream
            self.out = SafeStream(stream, owns_descriptor=True)
            _results = self.out
        sys.stdout = self.err


def flush() -> None:
    """Write what is buffered, before the process ends without its usual end."""
    for stream in (_results, sys.stderr):
        if stream is not None:
            stream.flush()


def print_result(text: str, *, flush: bool = False) -> None:
    """Print lines of a result to stdout, with control characters escaped.

    Args:
        text: without the final newline.
        flush: whether a program that reads it needs it now.
    """
    _print(_stdout(), printable_lines(text), flush=flush)


def print_document(text: str) -> None:
    """Print the content of a file to stdout: as it is, unless stdout is a terminal.

    Args:
        text: with the final newline.
    """
    out = _stdout()
    out.write("\t".join(map(printable_lines, text.split("\t"))) if out.isatty() else text)


def print_message(text: str, *, end: str = "\n") -> None:
    """Print lines to stderr, with control characters escaped.

    Args:
        text: without the final newline.
        end: follows the text.
    """
    _print(sys.stderr, printable_lines(text), end=end, flush=True)


def print_lines(lines: Iterable[str]) -> None:
    """Print strings to stderr, each on a line even if it contains a newline, as the name of a file may."""
    for line in lines:
        print_message(printable(line))


def print_styled(text: str) -> None:
    """Print lines to stderr that are printable except for their colours."""
    _print(sys.stderr, text, flush=True)


def _print(stream: Any, text: str, *, end: str = "\n", flush: bool) -> None:
    if stream is None:  # of a host process that has none
        return
    stream.write(text + end)
    if flush:
        stream.flush()


def _stdout() -> Any:
    return sys.stdout if _results is None else _results


def result_stream() -> Any:
    """Return the stream that results are written to, for one that is drawn on; a `SafeStream` within a command."""
    return _stdout()


def has_colour(stream: TextIO | SafeStream) -> bool:
    """Return whether a stream is a terminal that shows colours."""
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def _null() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - `pathlib` is not imported by `rcmvae --help`


def _open_missing() -> None:
    """Open the closed ones of stdin, stdout and stderr.

    The next file that is opened would have their number, and get what compiled libraries print.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
