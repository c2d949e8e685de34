"""Build the errors of files that are missing or cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rcmvae_core import Diagnostic, RcmvaeError

_SHOWN = 10
_LONGEST = 300


def missing_file(path: Path | str) -> RcmvaeError:
    """Build E305, for a file that does not exist."""
    help_ = ["the path is relative to the working directory"]
    return RcmvaeError([Diagnostic("E305", f"data `anndata`: file `{path}` does not exist", help=help_)])


def unreadable(path: Path | str, message: str, *remedies: str) -> RcmvaeError:
    """Build E306, for a file that cannot be used.

    Args:
        path: the file.
        message: its problem.
        remedies: how to fix it.
    """
    return RcmvaeError([Diagnostic("E306", f"`{path}`: {message}", help=remedies)])


def listed(names: Sequence[object]) -> str:
    """Return up to ten names, quoted, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return (", ".join(f"`{name}`" for name in names[:_SHOWN]) or "none") + more


def reason(error: BaseException) -> str:
    """Return the cause on one line."""
    return " ".join(str(error).split())[:_LONGEST] or type(error).__name__
