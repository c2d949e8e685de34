"""`run.lock.toml`: what the numbers of a run depend on besides its spec."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import tomli_w

from rcmvae_core.resolve import Part, ResolvedSpec

_PACKAGES = ("rcmvae", "jax", "jaxlib", "flax", "optax", "numpy")


def environment(backend: str) -> dict[str, Any]:
    """What the numbers of a run depend on besides its spec."""
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


def lock(resolved: ResolvedSpec, facts: Mapping[str, Any], records: Mapping[str, str]) -> str:
    """`run.lock.toml`: every plugin's distribution, version and the hash of its installed record.

    Args:
        resolved: the checked spec.
        facts: what `environment` gave.
        records: a hash for each distribution.
    """
    parts = [part for group in resolved.parts.values() for part in group]
    return tomli_w.dumps(
        {"seeds": list(resolved.seeds), **facts, "plugins": [_locked(p, records) for p in parts]}
    )


def _locked(part: Part, records: Mapping[str, str]) -> dict[str, str]:
    distribution = part.registered.distribution
    return {
        "kind": part.kind,
        "name": part.name,
        "distribution": distribution.name,
        "version": distribution.version,
        "record": records.get(distribution.name, ""),
    }
