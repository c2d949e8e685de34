"""Arrays of a model's parameters by path, such as `prior/pseudo_inputs`: what parts say of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool

from rcmvae_core.protocols import Params

SHARED = -1
"""In place of the axis over channels: all channels share the array."""


def by_path(params: Params, values: Mapping[str, Any], default: Any) -> Any:
    """A tree like `params` with each array's value.

    Raises:
        ValueError: if a path names no array.

    Example:
        >>> by_path({"prior": {"u": 0.0, "pi": 0.0}}, {"prior/u": 0.1}, 1.0)
        {'prior': {'pi': 1.0, 'u': 0.1}}
    """
    missing = set(values)

    def find(path: Any, _: Any) -> Any:
        name = jax.tree_util.keystr(path, simple=True, separator="/")
        missing.discard(name)
        return values.get(name, default)

    tree = jax.tree_util.tree_map_with_path(find, params)
    if missing:
        raise ValueError(f"no parameters are called {', '.join(sorted(missing))}")
    return tree


def along(mask: Bool[Array, " K"], array: Array, axis: int) -> Bool[Array, "..."]:
    """The mask of channels, shaped to broadcast with an array whose channels run along an axis."""
    shape = [1] * array.ndim
    shape[axis] = len(mask)
    return mask.reshape(shape)


def hold(params: Params, axes: Mapping[str, int], active: Bool[Array, " K"]) -> Params:
    """The same parameters, through which no gradient reaches what belongs to a locked channel.

    A term may leave a locked channel out and still give it a gradient of rounding's size, which Adam would turn
    into whole steps.

    Args:
        params: of a model.
        axes: its channel axes, by path.
        active: channels that are unlocked.
    """

    def held(array: Array, axis: int) -> Array:
        if axis == SHARED:
            return array
        return jnp.where(along(active, array, axis), array, jax.lax.stop_gradient(array))

    return jax.tree.map(held, params, by_path(params, axes, SHARED))
