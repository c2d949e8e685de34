"""Explains errors of a memory that is too small: what was under way, how much was needed, and what to change."""

from __future__ import annotations

import errno
import re
import resource
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from rcmvae_core.errors import Diagnostic

_STATUS = re.compile(r"[A-Z_]+: ")
_EXHAUSTED = "RESOURCE_EXHAUSTED: "
_UNLOADED = re.compile(r"failed to map segment|cannot allocate memory|can't start new thread", re.IGNORECASE)
_SHAPES = "`rcmvae run SPEC --dry-run` shows the shapes; make `latent`, `hidden` or `batch_size` smaller"
_DATA = "give fewer or smaller inputs, or a data plugin that reads them from the disk"
_STAGES = {
    "data": ("the data are read", _DATA),
    "labels": ("the label store is read", "give more memory"),
    "model": ("the model is built", _SHAPES),
    "training": ("the model is trained", _SHAPES),
    "inference": (
        "the trained model is used",
        "give fewer inputs at a time, or a model with a smaller `latent`",
    ),
    "report": ("the report is drawn", "leave out figures: `--set figure={}`"),
    "testing": ("plugins are checked", "give more memory"),
}
"""What is under way in each room, and what to change."""
_LOADING = ("libraries are loaded", "give more memory: JAX alone needs about 2 GiB of address space")
_OTHER = ("the command works", _SHAPES)
_CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_UNLIMITED = 2**60
"""Above this, a limit is none."""
_UNIT = 1024


def out_of_memory(error: BaseException) -> Diagnostic | None:
    """Return the diagnostic of an error of a memory that is too small.

    Args:
        error: any exception. Where XLA runs a program at once, it raises a plain `ValueError` whose message begins with
            the status.

    Returns:
        E402; None for any other error.
    """
    reason = _reason(error)
    if reason is None:
        return None
    stage, change = _stage(error)
    bound = _limit()
    limits = f"; {bound}" if bound else ""
    message = f"the memory is too small while {stage}: {reason}{limits}"
    return Diagnostic("E402", message, help=[change])


def _reason(error: BaseException) -> str | None:
    """Return what the library says, in one line; None if the memory is not the cause."""
    message = (str(error).splitlines() or [""])[0]
    if isinstance(error, MemoryError):
        return message or "an object could not be allocated"
    is_of_xla = type(error).__name__ in ("JaxRuntimeError", "XlaRuntimeError")
    if is_of_xla or (isinstance(error, ValueError) and _STATUS.match(message)):
        return message.partition(_EXHAUSTED)[2] if _EXHAUSTED in message else None
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return message
    return message if isinstance(error, ImportError | RuntimeError) and _UNLOADED.search(message) else None


def _stage(error: BaseException) -> tuple[str, str]:
    """Return what is under way, by the innermost room on the traceback, and what to change."""
    if isinstance(error, ImportError):
        return _LOADING
    for name in reversed(list(_modules(error))):
        package, _, rest = name.partition(".")
        room = rest.partition(".")[0]
        if package in ("rcmvae_core", "rcmvae_plugins") and room in _STAGES:
            return _STAGES[room]
    return _OTHER


def _modules(error: BaseException) -> Iterator[str]:
    for frame, _ in traceback.walk_tb(error.__traceback__):
        yield str(frame.f_globals.get("__name__", ""))


def _limit() -> str:
    """Return the tightest limit of the memory, with its name; empty if there is none."""
    limits = {"`ulimit -v`": resource.getrlimit(resource.RLIMIT_AS)[0]}
    for path in _CGROUPS:
        with suppress(OSError, ValueError):  # `max`, or another kind of system
            limits["its control group"] = int(Path(path).read_text(encoding="ascii"))
    with suppress(OSError, ValueError, IndexError):
        available = Path("/proc/meminfo").read_text(encoding="ascii").partition("MemAvailable:")[2]
        limits["the free memory"] = int(available.split()[0]) * _UNIT
    bounded = {name: size for name, size in limits.items() if 0 <= size < _UNLIMITED}
    if not bounded:
        return ""
    name = min(bounded, key=lambda each: bounded[each])
    return f"{name} is {bounded[name] / _UNIT**3:.1f} GiB"
