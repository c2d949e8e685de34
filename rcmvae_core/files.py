"""Files that commands leave behind: whole or not at all, and what is new never over what is there."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
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
        with _telling(target):
            for name, text in texts.items():
                path = partial / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="\n")
            partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_file(target: Path, text: str) -> None:
    """Write a file that is not there yet; folders above it are made.

    Raises:
        RunError: E304 if it cannot be written.
    """
    with _telling(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        file = target.open("x", encoding="utf-8", newline="\n")
        try:
            with file:
                file.write(text)
        except OSError:
            target.unlink(missing_ok=True)
            raise


def replace_file(target: Path, text: str, *, parents: bool = False) -> None:
    """Write a file, over what is there; a link stays one, and a file keeps its permissions.

    Args:
        target: the file.
        text: its content.
        parents: make the folders above it.

    Raises:
        RunError: E304 if it cannot be written.
    """
    target = target.resolve()
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        with _telling(target):
            if parents:
                target.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(text, encoding="utf-8", newline="")
            if target.exists():
                partial.chmod(target.stat().st_mode)
            partial.replace(target)
    finally:
        with suppress(OSError):
            partial.unlink()


def unwritable(target: Path, error: OSError, elsewhere: str) -> Diagnostic:
    """That a file or folder cannot be written, and what to do about what is in the way.

    Args:
        target: what was to be written.
        error: what the system said.
        elsewhere: how to choose another place, where room is not what is lacking.
    """
    message = f"cannot write `{target}`: {error.strerror or error}"
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return Diagnostic("E304", message, help=["free some space" if full else elsewhere])


@contextmanager
def _telling(target: Path) -> Generator[None]:
    """Tell what the disk refuses."""
    try:
        yield
    except OSError as error:
        raise RunError([unwritable(target, error, "choose a folder that you may write")]) from None
