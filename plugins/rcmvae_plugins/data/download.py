"""Files from the network, whole or not at all: resumed, verified, and put in place by a rename."""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rcmvae_plugins.data.faults import reason

_TIMEOUT = 30.0
_CHUNK = 1 << 20
_SATISFIED, _PARTIAL, _BEYOND = 200, 206, 416


class File(NamedTuple):
    """A published file.

    Args:
        name: its name, the same on every mirror.
        size: in bytes.
        sha256: its checksum, in hexadecimal.
    """

    name: str
    size: int
    sha256: str


class DownloadError(Exception):
    """A file could not be fetched from any mirror; a line for each says why."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(reasons))


def fetch(file: File, folder: Path, mirrors: Sequence[str], timeout: float = _TIMEOUT) -> Path:
    """Fetch a file unless it is there.

    What arrives is kept beside it as `.part`, from which another try, or another mirror, goes on.

    Args:
        file: what to fetch.
        folder: where to put it; exists.
        mirrors: URLs of folders that have it, the preferred one first.
        timeout: seconds without an answer after which a mirror is given up.

    Returns:
        The file's path.

    Raises:
        DownloadError: if no mirror gives the right bytes.
        OSError: if the folder cannot be written.
    """
    path, part = folder / file.name, folder / f"{file.name}.part"
    with (folder / f"{file.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # runs that start together fetch it once
        reasons: list[str] = []
        for mirror in mirrors:
            if path.exists():
                break
            url = f"{mirror.rstrip('/')}/{file.name}"
            try:
                _complete(url, part, file, timeout)
            except _Refused as error:
                reasons.append(f"{url}: {error}")
            else:
                os.replace(part, path)  # noqa: PTH105 - Path.replace says the same, less plainly
        if not path.exists():
            raise DownloadError(reasons)
    return path


class _Refused(Exception):  # noqa: N818 - told as a reason, never raised on
    """A mirror does not give the file."""


def _complete(url: str, part: Path, file: File, timeout: float) -> None:
    """Bring the part to its size and check it; one that turns out wrong is deleted, and begun anew if old."""
    start = part.stat().st_size if part.exists() else 0
    if start < file.size:
        with part.open("r+b" if start else "wb") as out:
            for offset, chunk in _chunks(url, start, file.size, timeout):
                out.seek(offset)
                out.write(chunk)
                out.truncate()
    size = part.stat().st_size
    if size < file.size:
        raise _Refused(
            f"the connection ended after {size} of {file.size} bytes; try again to go on from there"
        )
    found = hashlib.sha256(part.read_bytes()).hexdigest()
    if size > file.size or found != file.sha256:
        part.unlink()
        if start:
            _complete(url, part, file, timeout)
            return
        raise _Refused(f"gives other bytes: SHA-256 {found}, not {file.sha256}")


def _chunks(url: str, start: int, size: int, timeout: float) -> Iterator[tuple[int, bytes]]:
    """What a mirror sends, and where it belongs; at most one byte more than there should be."""
    request = urllib.request.Request(url)  # noqa: S310 - mirrors stand in the code
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:  # noqa: S310
            offset = _offset(response, start)
            while offset <= size and (chunk := response.read(min(_CHUNK, size + 1 - offset))):
                yield offset, chunk
                offset += len(chunk)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == _BEYOND and start:
                yield from _chunks(url, 0, size, timeout)
            else:
                raise _Refused(f"HTTP {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException) as error:
        raise _Refused(_network(error)) from None


def _offset(response: Any, start: int) -> int:
    """Where the answer's bytes belong: a server may ignore the range, and begin again."""
    if response.status == _SATISFIED:
        return 0
    told = re.fullmatch(r"bytes (\d+)-\d+/(?:\d+|\*)", response.headers.get("Content-Range", ""))
    if response.status != _PARTIAL or told is None or int(told[1]) != start:
        raise _Refused(f"answers HTTP {response.status} to a request for the rest of the file")
    return start


def _network(error: Exception) -> str:
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    return reason(inner) if isinstance(inner, Exception) else str(inner)
