"""Scales the learning rate of single parameter arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import optax

from rcmvae_core.model.param_paths import map_by_path


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
