"""Makes folders for what is not complete yet, and removes those that killed processes left.

Such a folder has a name of its own, `.rcmvae-0123456789abcdef.partial`, is created exclusively and belongs to its owner
only, so that nobody can put a link where a file is about to be written. Its process locks it while it lives. It is
removed by a later command if nobody holds the lock, if it belongs to the same user, and if it is an hour old: between
creating and locking it there is a moment.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_NAME = re.compile(r"\.rcmvae-[0-9a-f]{16}\.partial")
_SECONDS = 3600.0
_SECONDS_WITHOUT_LOCKS = 7 * 24 * 3600.0
"""Age where the system has no locks that end with their process."""


@contextmanager
def partial_folder(parent: Path) -> Generator[Path]:
    """Create a folder for unfinished files, and remove it at the end with what is left in it.

    Args:
        parent: an existing folder.

    Yields:
        The folder, empty.

    Raises:
        OSError: if it cannot be made.
    """
    folder = parent / f".rcmvae-{os.urandom(8).hex()}.partial"
    folder.mkdir(mode=0o700)
    descriptor = _lock(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


@contextmanager
def temporary_folder() -> Generator[Path]:
    """Create a folder among the temporary files of the system, as `partial_folder`; left ones are removed before."""
    parent = Path(tempfile.gettempdir())
    remove_abandoned(parent)
    with partial_folder(parent) as folder:
        yield folder


def remove_abandoned(folder: Path, *, seconds: float = _SECONDS) -> None:
    """Remove from a folder what killed processes of the same user left unfinished.

    Args:
        folder: the folder, which may be absent; folders in it are not searched.
        seconds: the least age.
    """
    for path in list(_partial_folders(folder)):
        descriptor = _lock(path) if fcntl is not None else None
        if fcntl is not None and descriptor is None:  # its process lives, or the file system has no locks
            continue
        least = seconds if fcntl is not None else max(seconds, _SECONDS_WITHOUT_LOCKS)
        with suppress(OSError):
            if time.time() - path.lstat().st_mtime >= least:
                shutil.rmtree(path, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def is_partial(path: Path) -> bool:
    """Return whether a path has the name of a partial folder."""
    return _NAME.fullmatch(path.name) is not None


def _partial_folders(folder: Path) -> Iterator[Path]:
    """Yield the folders in a folder that have the name of a partial one and belong to this user; no links."""
    with suppress(OSError):
        for entry in os.scandir(folder):
            if _NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                owner = entry.stat(follow_symlinks=False).st_uid
                if not hasattr(os, "getuid") or owner == os.getuid():
                    yield Path(entry.path)


def _lock(folder: Path) -> int | None:
    """Lock a folder until the descriptor is closed or the process ends.

    Args:
        folder: the folder.

    Returns:
        The descriptor; None if another process has the lock, or where folders cannot be locked.
    """
    if fcntl is None:
        return None
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
