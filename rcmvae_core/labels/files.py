"""Files of labels that people and programs exchange: read whole, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from rcmvae_core.errors import Diagnostic, Place, RcmvaeError, RunError, Source, Span


def lines_of(path: Path) -> list[str]:
    """The lines of a text file.

    Raises:
        RcmvaeError: E608 if it cannot be read, or is no text.
    """
    lines = text_of(path).replace("\r\n", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]


def text_of(path: Path) -> str:
    """The content of a text file, without a byte order mark; else as `lines_of`."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is not UTF-8"
    raise RcmvaeError(
        [Diagnostic("E608", f"cannot read `{path}`: {reason}", help=["give a text file in UTF-8"])]
    )


def fault(path: Path, lines: Sequence[str], number: int, message: str, *help_: str) -> Diagnostic:
    """What is wrong in a line of a file; where the lines are at hand, it is shown."""
    at = lines[number - 1] if number <= len(lines) else ""
    # A diagnostic shows a line of its source: one of a hundred thousand needs no copy of the others.
    source = Source(str(path), "\n" * (number - 1) + at)
    place = Place(source, Span(number, 1, number, max(len(at), 1) + 1))
    return Diagnostic("E608", message, place, help_ or ("nothing was taken over; mend the line",))


@contextmanager
def replacing(path: Path) -> Generator[TextIO]:
    """A file to write, which takes its name when it is whole.

    Raises:
        RunError: E611 if it cannot be written.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        message = f"cannot write `{path}`: {error.strerror or error}"
        raise RunError([Diagnostic("E611", message, help=["give a file that can be written"])]) from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
