"""Make arrays to call functions on; they are the same in every run."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

TOLERANCE = 1e-4
"""Largest accepted distance from one of a sum of float32 probabilities."""


def perturb(params: Any) -> Any:
    """Return parameters away from their initial values, since a zero-initialised layer hides what it computes."""
    leaves, structure = jax.tree.flatten(params)
    keys = jax.random.split(jax.random.key(5), max(1, len(leaves)))
    noisy = [a + 0.3 * jax.random.normal(k, a.shape, a.dtype) for a, k in zip(leaves, keys, strict=False)]
    return jax.tree.unflatten(structure, noisy)


def normal(seed: int, *shape: int) -> jax.Array:
    """Return standard normal float32 numbers."""
    return jax.device_put(np.random.default_rng(seed).standard_normal(shape, np.float32))


def uniform(seed: int, *shape: int) -> jax.Array:
    """Return float32 numbers in [0, 1], the range of inputs."""
    return jax.device_put(np.random.default_rng(seed).random(shape, np.float32))
