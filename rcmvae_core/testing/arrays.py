"""Arrays to call functions on, and parameters away from their start; the same every time."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

TOLERANCE = 1e-4
"""How far a sum of float32 probabilities may be from one."""


def stirred(params: Any) -> Any:
    """Parameters away from where they start: what starts at zero says nothing about what it does."""
    leaves, structure = jax.tree.flatten(params)
    keys = jax.random.split(jax.random.key(5), max(1, len(leaves)))
    noise = [a + 0.3 * jax.random.normal(k, a.shape, a.dtype) for a, k in zip(leaves, keys, strict=False)]
    return jax.tree.unflatten(structure, noise)


def normal(seed: int, *shape: int) -> jax.Array:
    """Standard normal numbers."""
    return jax.device_put(np.random.default_rng(seed).standard_normal(shape, np.float32))


def uniform(seed: int, *shape: int) -> jax.Array:
    """Numbers in [0, 1], as inputs are."""
    return jax.device_put(np.random.default_rng(seed).random(shape, np.float32))
