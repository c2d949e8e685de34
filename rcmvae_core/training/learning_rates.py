"""Scales the learning rate of single parameter arrays, and compares that of steps to come with what it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from rcmvae_core.model.build import build_nested
from rcmvae_core.model.param_paths import map_by_path
from rcmvae_core.plugin.protocols import BuildContext
from rcmvae_core.plugin.resolved import ResolvedPart

_EVALUATIONS = 65
"""Number of steps at which a schedule is evaluated."""


def with_learning_rates(
    optimizer: optax.GradientTransformation, factors: Mapping[str, float]
) -> optax.GradientTransformation:
    """Give some arrays their own learning rate, as a factor on the optimizer's.

    The factor multiplies the optimizer's update. Multiplying the gradient would have no effect under Adam, which
    divides by the gradient's size.

    Args:
        optimizer: for all parameters.
        factors: by path, such as `prior/pseudo_inputs`; empty returns the optimizer unchanged.
    """
    if not factors:
        return optimizer

    def scale(updates: Any, params: Any) -> Any:
        del params
        return jax.tree.map(
            lambda update, factor: update * factor, updates, map_by_path(updates, factors, 1.0)
        )

    return optax.chain(optimizer, optax.stateless(scale))


def largest_learning_rates(
    optimizer: ResolvedPart, context: BuildContext, first: int, last: int
) -> tuple[float, float] | None:
    """Return the largest learning rate before a step, and from it to the last one.

    Args:
        optimizer: the part; its parameter `learning_rate` may be a schedule.
        context: what schedules are built with.
        first: the first step to come.
        last: the last one.

    Returns:
        Both, at evenly spaced steps; None where the optimizer has no schedule of a learning rate.
    """
    schedule = getattr(build_nested(optimizer.params, context), "learning_rate", None)
    if not callable(schedule):
        return None

    def largest(start: int, end: int) -> float:
        steps = np.linspace(start, end, _EVALUATIONS).astype(np.int32)
        return float(np.max(np.asarray(jax.vmap(schedule)(jnp.asarray(steps)))))

    return largest(0, first), largest(first, last)
