"""Bounds what reading data may take in memory, before it is allocated.

A small file can declare, or unfold to, any size. The bound is a property of the machine, not of the experiment, so it is
an environment variable and no key of a spec.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from rcmvae_core.errors import fail

VARIABLE = "RCMVAE_MAX_DATA"
"""The environment variable that sets the limit: a number of bytes, or of `K`, `M`, `G` or `T`."""
_SHARE = 4
"""The share of the memory that data may take by default: beside them there are their conversion and a copy of it."""
_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,3})?|\d{1,15})\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)
_UNITS = " KMGT"
_CGROUP = Path("/sys/fs/cgroup/memory.max")
_FALLBACK = 4 * 2**30
CELL_BYTES = 64
"""What a cell of a table takes beside its characters: a string of Python, and its place in a column."""


def data_limit() -> int:
    """Return the number of bytes that data may take: that of `RCMVAE_MAX_DATA`, or else a quarter of the memory.

    Raises:
        RcmvaeError: E470 if the variable is set to anything but a size.
    """
    stated = stated_limit()
    return _memory() // _SHARE if stated is None else stated


def stated_limit() -> int | None:
    """Return the number of bytes that `RCMVAE_MAX_DATA` states; None if it is not set.

    Raises:
        RcmvaeError: E470 if it is set to anything but a size.
    """
    text = os.environ.get(VARIABLE, "").strip()
    if not text:
        return None
    match = _SIZE.fullmatch(text)
    if match is None or not (size := int(float(match[1]) * 1024 ** _UNITS.index(match[2].upper() or " "))):
        help_ = [f"write a number and K, M, G or T, such as {VARIABLE}=16G"]
        fail("E470", f"{VARIABLE} is `{text[:40]}`, which is not a size", help=help_)
    return size


def check_size(origin: object, what: str, size: int, *help_: str) -> None:
    """Refuse data that would take more memory than the limit.

    Args:
        origin: the file, for the message.
        what: what would take it, such as "the image, of 4 x 3 pixels,".
        size: the number of bytes.
        help_: how to read less, instead of raising the limit.

    Raises:
        RcmvaeError: E470 if it is above the limit.
    """
    limit = data_limit()
    if size > limit:
        message = f"`{origin}`: {what} takes {readable(size)} in memory; the limit is {readable(limit)}"
        fail("E470", message, help=[*help_, f"to raise the limit: {VARIABLE}={_enough(size)}"])


def readable(size: int) -> str:
    """Return a number of bytes with a unit.

    Example:
        >>> readable(512), readable(3 * 2**29)
        ('512 bytes', '1.5 GiB')
    """
    exponent = min(4, max(0, size.bit_length() - 1) // 10)
    if not exponent:
        return f"{size} bytes"
    # A header can declare a size that is no float.
    tenths = size * 10 // 1024**exponent
    return f"{tenths // 10:,}.{tenths % 10} {_UNITS[exponent]}iB"


def _enough(size: int) -> str:
    return f"{-(-size // 2**30)}G"


def _memory() -> int:
    """Return the bytes of memory that the process may have."""
    return min(_bounds(), default=_FALLBACK)


def _bounds() -> Iterable[int]:
    with suppress(AttributeError, ValueError, OSError):  # not on Windows
        yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # "max", or no control group
        yield int(_CGROUP.read_text(encoding="ascii"))
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on Windows

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            yield limit
