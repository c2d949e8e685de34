"""Converts a state to arrays by name and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rcmvae_core.training.state import TrainState

NamedArrays = dict[str, np.ndarray]
"""Arrays by path, such as `params/encoder/logits/bias`."""
Descriptions = dict[str, list[Any]]
"""Data type and shape of each array, by path, as JSON has them: `["float32", [2, 3]]`."""


def named_arrays(state: TrainState) -> NamedArrays:
    """Copy the arrays of a state to the host, by path, such as `params/encoder/logits/bias`.

    They are copies because the next step takes the memory of the state.
    """
    return {name: np.array(leaf) for name, leaf in leaves_by_path(state).items()}


def leaves_by_path(state: TrainState) -> dict[str, Any]:
    """Return the arrays of a state, or their shapes, by path; the key as its data."""
    plain = state._replace(key=jax.random.key_data(state.key))
    return {path_name(path): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(plain)}


def restore_state(arrays: Mapping[str, np.ndarray], template: TrainState) -> TrainState:
    """Build a state from the arrays of `named_arrays`.

    Args:
        arrays: by path.
        template: a state of the same structure, such as an initial one.

    Returns:
        The state, on the default device.
    """
    plain = template._replace(key=jax.random.key_data(template.key))
    state = jax.tree_util.tree_map_with_path(lambda path, _: jnp.asarray(arrays[path_name(path)]), plain)
    return state._replace(key=jax.random.wrap_key_data(state.key))


def path_name(path: Any) -> str:
    """Return the name of a leaf from its path in the tree, such as `params/encoder/logits/bias`."""
    return jax.tree_util.keystr(path, simple=True, separator="/")


def describe_arrays(arrays: Mapping[str, Any]) -> Descriptions:
    """Return data type and shape of every array, as JSON has them."""
    return {name: [str(array.dtype), list(array.shape)] for name, array in arrays.items()}
