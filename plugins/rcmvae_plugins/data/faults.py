"""What data parts say when there is nothing to read, or it cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rcmvae_core.errors import Diagnostic, RcmvaeError

_SHOWN = 10


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


def reason(error: BaseException) -> str:
    """The system's reason on one line, without the path that the message has anyway."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(words.split()) or type(error).__name__
