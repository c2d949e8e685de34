"""JAX's persistent cache of compiled programs, in the user's cache directory."""

from __future__ import annotations

import os
from pathlib import Path

import jax

_SECONDS = 0.5
"""Programs that compile faster are not worth a file."""


def use_cache() -> None:
    """Keep compiled programs for the next start, unless `JAX_COMPILATION_CACHE_DIR` says where or that not.

    `XDG_CACHE_HOME/rcmvae/xla`, or `~/.cache/rcmvae/xla`.
    """
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        jax.config.update("jax_compilation_cache_dir", str(root / "rcmvae" / "xla"))
    if "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS" not in os.environ:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", _SECONDS)
