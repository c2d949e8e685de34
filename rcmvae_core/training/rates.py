"""Learning rates of single arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import optax

from rcmvae_core.model.paths import by_path


def with_learning_rates(
    optimizer: optax.GradientTransformation, factors: Mapping[str, float]
) -> optax.GradientTransformation:
    """Give some arrays a learning rate of their own, as a factor on the optimizer's.

    The factor acts on the finished update. On the gradient it would do nothing under Adam, which divides by
    the gradient's size.

    Args:
        optimizer: for all parameters.
        factors: by path; empty leaves the optimizer as it is.
    """
    if not factors:
        return optimizer

    def scale(updates: Any, params: Any) -> Any:
        del params
        return jax.tree.map(lambda update, factor: update * factor, updates, by_path(updates, factors, 1.0))

    return optax.chain(optimizer, optax.stateless(scale))
