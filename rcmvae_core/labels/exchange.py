"""Reads files of labels, reports their errors by line, and writes them atomically."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rcmvae_core.errors import Diagnostic, Place, RunError, Source, Span, fail
from rcmvae_core.runtime.atomic_files import atomic_write
from rcmvae_core.runtime.data_limit import VARIABLE, data_limit
from rcmvae_core.runtime.partial_files import remove_abandoned
from rcmvae_core.runtime.user_files import FileTooLargeError, read_file, shortened

_SHARE = 16
"""How many times larger the labels of a file can be in memory than its text."""


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file, without their ends.

    Raises:
        RcmvaeError: E608 if it cannot be read, or is not UTF-8.
    """
    lines = read_text(path).replace("\r\n", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]


def read_text(path: Path) -> str:
    """Return the content of a text file, without a byte order mark.

    Raises:
        RcmvaeError: E608 if it cannot be read, or is not UTF-8.
    """
    help_ = "give a text file in UTF-8"
    try:
        return read_file(path, data_limit() // _SHARE).decode("utf-8-sig")
    except FileTooLargeError as error:
        reason, help_ = str(error.strerror), f"to raise the limit, {_SHARE} times as much: {VARIABLE}=SIZE"
    except OSError as error:
        reason = error.strerror or str(error)
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is not UTF-8"
    except ValueError as error:
        reason = str(error)
    fail("E608", f"cannot read `{shortened(path)}`: {reason}", help=[help_])


def line_error(path: Path, lines: Sequence[str], number: int, message: str, *help_: str) -> Diagnostic:
    """Return the diagnostic of an error in a line of a file.

    Args:
        path: the file.
        lines: its lines, so that the one with the error is shown; may be empty.
        number: of the line, from 1.
        message: the error.
        help_: how to fix it.
    """
    line = lines[number - 1] if number <= len(lines) else ""
    # A diagnostic shows one line of its source: the other hundred thousand need not be copied.
    source = Source(str(path), "\n" * (number - 1) + line)
    place = Place(source, Span(number, 1, number, max(len(line), 1) + 1))
    return Diagnostic("E608", message, place, help_ or ("nothing was imported; fix the line",))


@contextmanager
def replacing(path: Path) -> Generator[TextIO]:
    """Open a text file for writing that replaces `path` when the block ends without error; a symbolic link stays one.

    Raises:
        RunError: E611 if it cannot be written.
    """
    try:
        remove_abandoned(path.parent)
        with (
            atomic_write(path, follow=True) as partial,
            partial.open("w", encoding="utf-8", newline="") as file,
        ):
            yield file
    except OSError as error:
        message = f"cannot write `{path}`: {error.strerror or error}"
        fail("E611", message, help=["give a file that can be written"], error=RunError)
