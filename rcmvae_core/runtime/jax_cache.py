"""Keeps compiled programs in the user's cache directory, and returns the memory that compiling took."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any

import jax

_SECONDS = 0.5
"""Programs that compile faster are not worth a file, nor the time to return memory."""
_COMPILED = "/jax/core/compile/backend_compile_duration"


def enable_compilation_cache() -> None:
    """Let JAX keep compiled programs for the next process, unless `JAX_COMPILATION_CACHE_DIR` is set.

    The folder is `XDG_CACHE_HOME/rcmvae/xla`, or `~/.cache/rcmvae/xla`.
    """
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        jax.config.update("jax_compilation_cache_dir", str(root / "rcmvae" / "xla"))
    if "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS" not in os.environ:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", _SECONDS)


def return_compiler_memory() -> None:
    """From now on, return to the system the memory that a compilation freed, where the C library has `malloc_trim`.

    LLVM compiles on many threads, and glibc keeps what each of them freed for the next allocation of that thread, which
    never comes: about 200 MiB beside a model of MNIST.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        return

    def listen(event: str, duration_secs: float, **_: Any) -> None:
        if event == _COMPILED and duration_secs > _SECONDS:
            trim(0)

    jax.monitoring.register_event_duration_secs_listener(listen)
