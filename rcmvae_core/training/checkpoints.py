"""Orbax behind a thin adapter: a train state to a folder and back."""

from __future__ import annotations

from pathlib import Path

import jax
import orbax.checkpoint as ocp
from jaxtyping import Array

from rcmvae_core.training.state import TrainState


def save(folder: Path, state: TrainState) -> None:
    """Write a state; the folder appears only when it is whole.

    Args:
        folder: where; must not exist yet.
        state: any train state.
    """
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(folder.absolute(), _plain(state))


def load(folder: Path, like: TrainState) -> TrainState:
    """Read a state that `save` wrote.

    Args:
        folder: where.
        like: a state of the same shapes, such as a fresh one.
    """
    shapes = jax.eval_shape(_plain, like)
    with ocp.StandardCheckpointer() as checkpointer:
        found: TrainState = checkpointer.restore(folder.absolute(), shapes)
    return found._replace(key=jax.random.wrap_key_data(found.key))


def _plain(state: TrainState) -> TrainState:
    """Keys as integers, since a file knows no typed keys."""
    key: Array = jax.random.key_data(state.key)
    return state._replace(key=key)
