"""Addresses arrays of a model's parameters by path, such as `prior/pseudo_inputs`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool

from rcmvae_core.plugin.protocols import Params

SHARED = -1
"""In place of the axis over channels: all channels share the array."""


def map_by_path(params: Params, values: Mapping[str, Any], default: Any) -> Any:
    """Return a tree of the structure of `params` with a value for each array.

    Args:
        params: parameters of a model.
        values: by the path of an array.
        default: for the arrays that `values` does not name.

    Raises:
        ValueError: if a path names no array.

    Example:
        >>> map_by_path({"prior": {"u": 0.0, "pi": 0.0}}, {"prior/u": 0.1}, 1.0)
        {'prior': {'pi': 1.0, 'u': 0.1}}
    """
    missing = set(values)

    def value_at(path: Any, _: Any) -> Any:
        name = jax.tree_util.keystr(path, simple=True, separator="/")
        missing.discard(name)
        return values.get(name, default)

    tree = jax.tree_util.tree_map_with_path(value_at, params)
    if missing:
        raise ValueError(f"no parameters are called {', '.join(sorted(missing))}")
    return tree


def broadcast_mask(mask: Bool[Array, " K"], array: Array, axis: int) -> Bool[Array, "..."]:
    """Reshape a mask over channels so that it broadcasts with an array.

    Args:
        mask: over channels.
        array: any array with channels.
        axis: the axis of `array` that runs over channels.

    Returns:
        The mask with K entries along `axis` and one along every other axis.
    """
    shape = [1] * array.ndim
    shape[axis] = len(mask)
    return mask.reshape(shape)


def freeze_inactive(params: Params, axes: Mapping[str, int], active: Bool[Array, " K"]) -> Params:
    """Stop the gradient of every parameter that belongs to a locked channel.

    A loss term that leaves a locked channel out may still give it a gradient of the size of rounding errors. Adam
    divides by the gradient's size, and would turn it into full steps.

    Args:
        params: parameters of a model.
        axes: the channel axis of each array that has one, by path.
        active: channels that are unlocked.

    Returns:
        Parameters with the same values.
    """

    def freeze(array: Array, axis: int) -> Array:
        if axis == SHARED:
            return array
        return jnp.where(broadcast_mask(active, array, axis), array, jax.lax.stop_gradient(array))

    return jax.tree.map(freeze, params, map_by_path(params, axes, SHARED))
