"""The one writer of what is new: all of it or nothing, and never over what is there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from rcmvae_core.errors import Diagnostic, RunError


def refuse_existing(target: Path) -> list[Diagnostic]:
    """A fault where something stands already, even a link to nothing."""
    if not os.path.lexists(target):
        return []
    return [Diagnostic("E304", f"`{target}` exists already", help=["choose another name, or move it away"])]


def write_folder(target: Path, texts: Mapping[str, str]) -> None:
    """Write a folder of files.

    Args:
        target: a folder that is not there yet; those above it are made.
        texts: the files, by their paths in the folder.

    Raises:
        RunError: E304 if it cannot be written.
    """
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        for name, text in texts.items():
            path = partial / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        partial.rename(target)
    except OSError as error:
        raise _unwritable(target, error) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_file(target: Path, text: str) -> None:
    """Write a file that is not there yet; folders above it are made.

    Raises:
        RunError: E304 if it cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        file = target.open("x", encoding="utf-8", newline="\n")
    except OSError as error:
        raise _unwritable(target, error) from None
    try:
        with file:
            file.write(text)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise _unwritable(target, error) from None


def _unwritable(target: Path, error: OSError) -> RunError:
    message = f"cannot write `{target}`: {error.strerror or error}"
    return RunError([Diagnostic("E304", message, help=["choose a folder that you may write"])])
