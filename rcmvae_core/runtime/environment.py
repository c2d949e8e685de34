"""Collects the versions, backend and settings that the numbers of a run depend on."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version
from typing import Any

_PACKAGES = ("rcmvae", "jax", "jaxlib", "flax", "optax", "numpy")


def environment(backend: str) -> dict[str, Any]:
    """Return what the numbers of a run depend on besides its spec.

    Args:
        backend: the platform of JAX's devices, such as `cpu`.

    Returns:
        `python`, `platform`, `backend`; `versions` by package; `environment`, the variables `JAX_*` and `XLA_*` that are
        set.
    """
    settings = {
        name: value for name, value in sorted(os.environ.items()) if name.startswith(("JAX_", "XLA_"))
    }
    return {
        "python": platform.python_version(),
        "platform": f"{sys.platform}-{platform.machine()}",
        "backend": backend,
        "versions": {name: version(name) for name in _PACKAGES},
        "environment": settings,
    }
