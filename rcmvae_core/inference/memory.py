"""Refuses numbers of draws whose results would not fit in memory, before anything is computed."""

from __future__ import annotations

from rcmvae_core.errors import fail

MAX_BYTES = 4 * 2**30
"""Bytes of the results of one call, at most; several calls with other seeds give more."""


def require_memory(what: str, count: int, bytes_each: int) -> None:
    """Check that results fit in memory.

    Args:
        what: is counted, with the option that says how many.
        count: how many.
        bytes_each: bytes of one.

    Raises:
        RcmvaeError: E443 if all need more than `MAX_BYTES`.

    Example:
        >>> require_memory("samples (-n)", 10**9, 64 * 4)
        Traceback (most recent call last):
        rcmvae_core.errors.RcmvaeError: E443: 1000000000 samples (-n) take 238 GiB of memory, of at most 4 GiB: 16777216
    """
    if count * bytes_each > MAX_BYTES:
        needed, most = count * bytes_each / 2**30, MAX_BYTES // 2**30
        limit = MAX_BYTES // bytes_each
        message = f"{count} {what} take {needed:.3g} GiB of memory, of at most {most} GiB: {limit}"
        fail("E443", message, help=["use fewer, or several calls with other seeds"])
