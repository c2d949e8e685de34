"""Writes files and folders atomically: a reader finds the old content or the new one, never a part of it.

The one policy, for every file and folder that is written here:

1. The content goes to a partial file beside the target, `.NAME.PID-COUNT.partial`: in the same folder, because a rename
   is atomic only within a file system; of a unique name, because another process or thread may write the same target.
2. The partial file, or every file and folder in a partial folder, is fsynced before the rename. Without it some file
   systems put the new name on the disk first, and after a power loss the file is empty.
3. `os.replace` gives it its name.
4. The folder above is fsynced, so that the new name survives a power loss too, where the system can do that: Windows
   cannot open a folder, and some network file systems refuse.
5. On any error the partial is removed and the target stays as it was.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from rcmvae_core.errors import Diagnostic, RunError

_COUNT = count()
_CANNOT_SYNC_FOLDERS = (errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EISDIR)


@contextmanager
def atomic_write(target: Path, *, overwrite: bool = True) -> Generator[Path]:
    """Give a path to write a file or folder at, and move what is there to `target` when the block ends without error.

    Args:
        target: the file or folder; the folder above it must exist.
        overwrite: replace a file that exists; else anything that exists is an error.

    Yields:
        The path to write at, where nothing is yet.

    Raises:
        OSError: whatever the system refuses; the target stays as it was.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     with atomic_write(Path(folder) / "a.txt") as partial:
        ...         _ = partial.write_text("content")
        ...     (Path(folder) / "a.txt").read_text()
        'content'
    """
    partial = target.with_name(f".{target.name}.{os.getpid()}-{next(_COUNT)}.partial")
    try:
        yield partial
        _fsync_tree(partial)
        if not overwrite and os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        partial.replace(target)
        fsync_folder(target.parent)
    finally:
        with suppress(OSError):  # the error of the block says more
            _remove(partial)


def remove_partials(folder: Path) -> None:
    """Remove the partial files and folders that killed processes left below a folder; only where no other one writes."""
    for partial in list(folder.rglob(".*.partial")):
        _remove(partial)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def fsync_file(path: Path) -> None:
    """Put the content of a file on the disk."""
    # Windows syncs only what is open for writing; POSIX syncs any, such as a file that only its owner may read.
    with path.open("rb" if os.name == "posix" else "r+b") as file:
        os.fsync(file.fileno())


def fsync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk, where the system can; a rename is atomic without it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC_FOLDERS:
            raise


def _fsync_tree(path: Path) -> None:
    if not path.is_dir():
        fsync_file(path)
        return
    for entry in path.iterdir():
        _fsync_tree(entry)
    fsync_folder(path)


@contextmanager
def replacing(target: Path, hint: str = "choose another -o") -> Generator[Path]:
    """Do as `atomic_write`, with a diagnostic for what the system refuses; folders above the target are made.

    Args:
        target: the file or folder.
        hint: how to choose another target.

    Yields:
        The path to write at, where nothing is yet.

    Raises:
        RunError: E304 if it cannot be written.
    """
    with _reporting(target, hint):
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(target) as partial:
            yield partial


def write_folder(target: Path, texts: Mapping[str, str]) -> None:
    """Write a folder of text files.

    Args:
        target: a folder that does not exist yet; those above it are made.
        texts: the content of each file, by its path in the folder.

    Raises:
        RunError: E304 if it cannot be written.
    """
    with _reporting(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(target, overwrite=False) as partial:
            for name, text in texts.items():
                path = partial / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="\n")


def write_file(target: Path, text: str) -> None:
    """Write a text file that does not exist yet; folders above it are made.

    Raises:
        RunError: E304 if it cannot be written.
    """
    with _reporting(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(target, overwrite=False) as partial:
            partial.write_text(text, encoding="utf-8", newline="\n")


def replace_file(target: Path, text: str, *, parents: bool = False) -> None:
    """Write a text file, over one that exists; a symbolic link stays one, and a file keeps its permissions.

    Args:
        target: the file.
        text: its content, written without translation of line ends.
        parents: make the folders above it.

    Raises:
        RunError: E304 if it cannot be written.
    """
    target = target.resolve()
    with _reporting(target):
        if parents:
            target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(target) as partial:
            partial.write_text(text, encoding="utf-8", newline="")
            if target.exists():
                partial.chmod(target.stat().st_mode)


def refuse_existing(target: Path) -> list[Diagnostic]:
    """Return an error if anything exists at a path, even a symbolic link to nothing."""
    if not os.path.lexists(target):
        return []
    return [Diagnostic("E304", f"`{target}` exists already", help=["choose another name, or move it away"])]


def unwritable(target: Path, error: OSError, hint: str) -> Diagnostic:
    """Return the diagnostic of a file or folder that cannot be written.

    Args:
        target: the file or folder.
        error: what the system raised.
        hint: how to choose another target, for an error that more disk space does not fix.
    """
    message = f"cannot write `{target}`: {error.strerror or error}"
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return Diagnostic("E304", message, help=["free some space" if full else hint])


@contextmanager
def _reporting(target: Path, hint: str = "choose a folder that you may write") -> Generator[None]:
    """Turn an `OSError` of the block into a diagnostic."""
    try:
        yield
    except OSError as error:
        raise RunError([unwritable(target, error, hint)]) from None
