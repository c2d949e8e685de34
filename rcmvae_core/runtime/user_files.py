"""Opens the files that users name, for reading: regular files only, without ever waiting for one.

A named pipe would block until another process writes to it, and a device such as `/dev/zero` has no end. Paths that
cannot exist, because they are too long or contain a NUL, count as missing.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_NAMES = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_SHOWN = 160
"""Characters of a path that a message shows at most."""


class NotAFileError(OSError):
    """A path names something else than a regular file; `strerror` says what."""


class FileTooLargeError(OSError):
    """A file has more bytes than may be read; `strerror` has both numbers."""


def open_file(path: Path | str) -> BinaryIO:
    """Open a regular file for reading.

    Args:
        path: the file; symbolic links are followed.

    Returns:
        The open file.

    Raises:
        OSError: whatever the system refuses; a `NotAFileError` for a folder, a named pipe, a socket or a device.
        ValueError: if the path contains a NUL.

    Example:
        >>> import os
        >>> try:
        ...     open_file(os.devnull)
        ... except OSError as error:
        ...     error.strerror
        'it is a device, not a file'
    """
    _check(os.stat(path).st_mode, path)  # noqa: PTH116 - before it is opened: opening a device can change it
    return open(path, "rb", opener=_open)


def read_file(path: Path | str, limit: int) -> bytes:
    """Return the content of a regular file.

    Args:
        path: the file.
        limit: the number of bytes that it may have.

    Raises:
        OSError: as `open_file`; a `FileTooLargeError` if the file has more bytes.
    """
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        # Files of some file systems, such as /proc, have no size before they are read.
        content = file.read(limit + 1) if size <= limit else b""
    if size > limit or len(content) > limit:
        reason = f"it has {max(size, len(content)):,} bytes, and at most {limit:,} are read"
        raise FileTooLargeError(errno.EFBIG, reason, str(path))
    return content


def exists(path: Path | str) -> bool:
    """Return whether a path names anything, even if it cannot be opened."""
    return os.path.exists(path)  # noqa: PTH110 - `Path.exists` raises for a path that is too long


def is_file(path: Path | str) -> bool:
    """Return whether a path names a regular file."""
    return os.path.isfile(path)  # noqa: PTH113 - as above


def is_folder(path: Path | str) -> bool:
    """Return whether a path names a folder."""
    return os.path.isdir(path)  # noqa: PTH112 - as above


def is_neither(path: Path | str) -> bool:
    """Return whether a path names a pipe, a socket or a device."""
    return exists(path) and not is_file(path) and not is_folder(path)


def expanded(text: str) -> Path:
    """Return a path with `~` replaced by the home folder; unchanged, if there is no such user."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def why_missing(path: Path | str) -> str:
    """Return why a path cannot be used as a file, for messages."""
    try:
        _check(os.stat(path).st_mode, path)  # noqa: PTH116 - a string may be no path
    except NotAFileError as error:
        return str(error.strerror).removeprefix("it ")
    except OSError as error:
        return "does not exist" if error.errno == errno.ENOENT else f"cannot be read: {error.strerror}"
    except ValueError as error:
        return f"cannot be read: {error}"
    return "cannot be read"


def shortened(name: object, longest: int = _SHOWN) -> str:
    """Return a path or another name for a message: a very long one without its middle.

    Args:
        name: is converted to a string.
        longest: the number of characters to keep.

    Example:
        >>> shortened("data.csv"), len(shortened("x" * 5000))
        ('data.csv', 160)
    """
    text = str(name)
    half = (longest - 3) // 2
    return text if len(text) <= longest else f"{text[: longest - 3 - half]}...{text[-half:]}"


def _open(path: str, flags: int) -> int:
    # Between the first look and this one, a pipe may have taken the place of the file.
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    descriptor = os.open(path, flags)
    try:
        _check(os.fstat(descriptor).st_mode, path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check(mode: int, path: Path | str) -> None:
    if stat.S_ISREG(mode):
        return
    name = next((name for matches, name in _NAMES if matches(mode)), "something else")
    raise NotAFileError(errno.EINVAL, f"it is {name}, not a file", str(path))
