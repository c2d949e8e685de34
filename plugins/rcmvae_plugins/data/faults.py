"""What data parts say when there is nothing to read, or it cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from rcmvae_core.errors import Diagnostic, RcmvaeError, RunError

MEND = ("mend these, or take them away",)
"""What to do about files or records that cannot be read."""

_SHOWN = 10
_T = TypeVar("_T")


def absent(message: str, *remedies: str) -> RcmvaeError:
    """There is nothing to read."""
    return RcmvaeError([Diagnostic("E305", message, help=remedies)])


def unreadable(path: Path | str, *messages: str, remedies: Sequence[str] = ()) -> RcmvaeError:
    """What is there cannot be used: every fault of a file, up to ten.

    Args:
        path: the file or folder.
        messages: what is wrong with it, each a fault.
        remedies: what to do, said once.
    """
    found = [Diagnostic("E306", f"`{path}`: {message}") for message in messages[:_SHOWN]]
    more = [f"and {len(messages) - _SHOWN} more like these"] if len(messages) > _SHOWN else []
    last = Diagnostic(found[-1].code, found[-1].message, help=[*more, *remedies])
    return RcmvaeError([*found[:-1], last])


def spoiled(path: Path | str, *messages: str, remedies: Sequence[str] = ()) -> RunError:
    """What was in order at the start cannot be used now: the run that needs it ends.

    Args:
        path: the file or folder.
        messages: what is wrong with it, each a fault.
        remedies: what to do, said once.
    """
    return RunError(unreadable(path, *messages, remedies=remedies).diagnostics)


def together(calls: Iterable[Callable[[], _T]]) -> list[_T]:
    """What calls give, or the faults of all that fail.

    Args:
        calls: each may raise an RcmvaeError.

    Raises:
        RcmvaeError: with the diagnostics of all.
    """
    found: list[_T] = []
    faults: list[Diagnostic] = []
    for call in calls:
        try:
            found.append(call())
        except RcmvaeError as error:
            faults += error.diagnostics
    if faults:
        raise RcmvaeError(faults)
    return found


def reason(error: BaseException) -> str:
    """The system's reason on one line, without the path that the message has anyway."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(words.split()) or type(error).__name__
