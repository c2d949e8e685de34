"""Writes files and folders atomically: a reader finds the old content or the new one, never a part of it.

The one policy, for every file and folder that is written here:

1. The content goes to a partial folder beside the target (`partial_files`): in the same folder, because a rename is
   atomic only within a file system; a new one, because another process or thread may write the same target.
2. Every file and folder in it is fsynced before the rename. Without it some file systems put the new name on the disk
   first, and after a power loss the file is empty.
3. `os.replace` gives it its name, and never follows a symbolic link of that name. Only a link that the user has named
   stays one (`follow`).
4. The folder above is fsynced, so that the new name survives a power loss too, where the system can do that: Windows
   cannot open a folder, and some network file systems refuse.
5. On any error the partial folder is removed and the target stays as it was.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rcmvae_core.errors import Diagnostic, RunError
from rcmvae_core.runtime.partial_files import partial_folder, remove_abandoned

_CANNOT_SYNC_FOLDERS = (errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EISDIR)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CANNOT_WRITE = "choose a folder that you may write"


@contextmanager
def atomic_write(target: Path, *, overwrite: bool = True, follow: bool = False) -> Generator[Path]:
    """Give a path to write a file or folder at, and move what is there to `target` when the block ends without error.

    Args:
        target: the file or folder; the folder above it must exist.
        overwrite: replace a file that exists; else anything that exists is an error.
        follow: if the target is a symbolic link, replace the file that it points to; a file keeps its permissions.

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
    target = Path(os.path.realpath(target)) if follow else target
    with partial_folder(target.parent) as folder:
        partial = folder / "new"
        yield partial
        if follow and target.is_file():
            partial.chmod(target.stat().st_mode)
        _fsync_tree(partial)
        if not overwrite and os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        partial.replace(target)
        fsync_folder(target.parent)


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
def replacing(target: Path, hint: str = "choose another -o", *, follow: bool = False) -> Generator[Path]:
    """Do as `atomic_write`, with a diagnostic for what the system refuses; folders above the target are made.

    Args:
        target: the file or folder.
        hint: how to choose another target.
        follow: as of `atomic_write`, for a target that the user has named.

    Yields:
        The path to write at, where nothing is yet.

    Raises:
        RunError: E304 if it cannot be written.
    """
    with _reporting(target, hint):
        _prepare_folder(target)
        with atomic_write(target, follow=follow) as partial:
            yield partial


def open_to_append(path: Path) -> TextIO:
    """Open a text file to add lines at its end, or make it; a symbolic link is not followed.

    Raises:
        OSError: if it is a symbolic link, or cannot be opened.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    return os.fdopen(os.open(path, flags, 0o666), "a", encoding="utf-8")


def replace_files(folder: Path, contents: Mapping[str, bytes], hint: str) -> None:
    """Write several files of a folder, which is made if it is absent: all of them, or on an error none.

    Args:
        folder: the folder.
        contents: the content of each file, by its name.
        hint: how to choose another folder.

    Raises:
        RunError: E304 if one cannot be written.
    """
    with _reporting(folder, hint):
        folder.mkdir(parents=True, exist_ok=True)
        remove_abandoned(folder)
        with partial_folder(folder) as partial:
            for name, content in contents.items():
                (partial / name).write_bytes(content)
            _fsync_tree(partial)
            for name in contents:
                (partial / name).replace(folder / name)
            fsync_folder(folder)


def _prepare_folder(target: Path) -> None:
    """Make the folder above a target, and remove from it what killed processes left."""
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(target.parent)


def write_folder(target: Path, texts: Mapping[str, str]) -> None:
    """Write a folder of text files.

    Args:
        target: a folder that does not exist yet; those above it are made.
        texts: the content of each file, by its path in the folder.

    Raises:
        RunError: E304 if it cannot be written.
    """
    with _reporting(target):
        _prepare_folder(target)
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
        _prepare_folder(target)
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
    with _reporting(target):
        if parents:
            target.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(target.parent)
        with atomic_write(target, follow=True) as partial:
            partial.write_text(text, encoding="utf-8", newline="")


def is_full(error: OSError) -> bool:
    """Return whether the disk, a quota or a limit on the size of files has no room left."""
    return error.errno in _FULL


def unwritable(target: Path, error: OSError, hint: str) -> Diagnostic:
    """Return the diagnostic of a file or folder that cannot be written.

    Args:
        target: the file or folder.
        error: what the system raised.
        hint: how to choose another target, for an error that more disk space does not fix.
    """
    message = f"cannot write `{target}`: {error.strerror or error}"
    return Diagnostic("E304", message, help=["free some space" if is_full(error) else hint])


@contextmanager
def _reporting(target: Path, hint: str = CANNOT_WRITE) -> Generator[None]:
    """Turn an `OSError` of the block into a diagnostic."""
    try:
        yield
    except OSError as error:
        raise RunError([unwritable(target, error, hint)]) from None
