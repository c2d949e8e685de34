"""Builds the errors of missing and of unreadable data."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from rcmvae_core.errors import Diagnostic, RcmvaeError, RunError
from rcmvae_core.runtime.user_files import shortened, why_missing

FIX_OR_REMOVE = ("fix or remove these",)
"""The help for files or records that cannot be read."""

_MAX_SHOWN = 10
_LONGEST_REASON = 400
_NUMBER = re.compile(r"\d+")
_NOT_AN_IMAGE = "cannot identify image file"
_T = TypeVar("_T")


def not_found(message: str, *remedies: str) -> RcmvaeError:
    """Build E305, for data that do not exist."""
    return RcmvaeError([Diagnostic("E305", message, help=remedies)])


def missing_file(plugin: str, path: Path) -> RcmvaeError:
    """Build E305, for a file that does not exist, or is not a file.

    Args:
        plugin: the name of the data plugin.
        path: the file.
    """
    message = f"data `{plugin}`: file `{shortened(path)}` {why_missing(path)}"
    return not_found(message, "the path is relative to the working directory")


def unreadable(path: Path | str, *messages: str, remedies: Sequence[str] = ()) -> RcmvaeError:
    """Build E306, for data that cannot be used, with up to ten messages.

    Args:
        path: the file or folder.
        messages: its problems, each for a diagnostic of its own.
        remedies: how to fix them, for the last diagnostic.
    """
    shown = [Diagnostic("E306", f"`{shortened(path)}`: {message}") for message in messages[:_MAX_SHOWN]]
    more = [f"{len(messages) - _MAX_SHOWN} more like these"] if len(messages) > _MAX_SHOWN else []
    last = Diagnostic(shown[-1].code, shown[-1].message, help=[*more, *remedies])
    return RcmvaeError([*shown[:-1], last])


def unreadable_in_run(path: Path | str, *messages: str, remedies: Sequence[str] = ()) -> RunError:
    """Build E306 as a RunError, for data that were readable when the run started.

    Args:
        path: the file or folder.
        messages: its problems, each for a diagnostic of its own.
        remedies: how to fix them, for the last diagnostic.
    """
    return RunError(unreadable(path, *messages, remedies=remedies).diagnostics)


def grouped(problems: Mapping[str, str], noun: str = "files") -> list[str]:
    """Return a message for each reason why files cannot be read, with a count and up to ten names.

    Reasons that differ only in numbers are the same.

    Args:
        problems: the reason for each name, which is quoted if it is a path.
        noun: what the names are of.

    Example:
        >>> grouped({"`a`": "cut after 3 bytes", "`b`": "cut after 9 bytes", "`c`": "empty"})
        ['2 files cannot be read: cut after 3 bytes: `a`, `b`', '`c` cannot be read: empty']
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for name, text in problems.items():
        groups[_NUMBER.sub("#", text)].append(name)
    messages: list[str] = []
    for names in groups.values():
        text = problems[names[0]]
        several = f"{len(names)} {noun} cannot be read: {text}: {_first(names)}"
        messages.append(f"{names[0]} cannot be read: {text}" if len(names) == 1 else several)
    return messages


def listed(names: Sequence[str]) -> str:
    """Return up to ten names, quoted, and how many more there are."""
    return _first([f"`{shortened(name)}`" for name in names])


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_SHOWN} more" if len(names) > _MAX_SHOWN else ""
    return ", ".join(names[:_MAX_SHOWN]) + more


def collect(calls: Iterable[Callable[[], _T]]) -> list[_T]:
    """Return the results of all calls, or raise the diagnostics of all that fail.

    Args:
        calls: each may raise an RcmvaeError.

    Raises:
        RcmvaeError: with the diagnostics of all failed calls.
    """
    results: list[_T] = []
    diagnostics: list[Diagnostic] = []
    for call in calls:
        try:
            results.append(call())
        except RcmvaeError as error:
            diagnostics += error.diagnostics
    if diagnostics:
        raise RcmvaeError(diagnostics)
    return results


def reason(error: BaseException) -> str:
    """Return the cause on one line, without the path, which the message contains already."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    # Pillow adds the path, or the address of an object in memory.
    text = _NOT_AN_IMAGE if text.startswith(_NOT_AN_IMAGE) else text
    return shortened(" ".join(text.split()), _LONGEST_REASON) or type(error).__name__
