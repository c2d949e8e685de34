"""Unlocks channels between epochs where a curriculum says so, and initialises their parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int

from rcmvae_core.model.model import Model
from rcmvae_core.model.param_paths import SHARED, broadcast_mask, map_by_path
from rcmvae_core.plugin.protocols import Progress
from rcmvae_core.training.state import TrainState


class Unlocking(NamedTuple):
    """Functions that compile once.

    Args:
        advance: `(state, reconstruction) -> state`, after an evaluation; curricula get its mean -log p(x|z, c), in nats.
        unlock: `(state, worst) -> state`, between epochs; where a curriculum splits channels, newly unlocked ones
            become copies of the channel `worst`.
        effect: `(state) -> values by name`, what the curricula changed in the last step.
        needs_worst: whether `unlock` reads `worst`.
    """

    advance: Callable[..., TrainState]
    unlock: Callable[..., TrainState]
    effect: Callable[[TrainState], dict[str, Float[Array, ""]]]
    needs_worst: bool


def make_unlocking(model: Model, optimizer: optax.GradientTransformation) -> Unlocking | None:
    """Compile what curricula do between epochs.

    Args:
        model: the model.
        optimizer: its optimizer, whose slots of a copied channel are set to zero.

    Returns:
        The functions; None without a curriculum.
    """
    if not model.curricula:
        return None
    noise = next((c.split for c in model.curricula if c.split is not None), None)

    def advance(state: TrainState, reconstruction: Float[Array, ""]) -> TrainState:
        progress = Progress(state.step, reconstruction)
        states = zip(model.curricula, state.carry.curriculum, strict=True)
        advanced = tuple(curriculum.advance(own, progress) for curriculum, own in states)
        return state._replace(carry=state.carry._replace(curriculum=advanced))

    def unlock(state: TrainState, worst: Int[Array, ""]) -> TrainState:
        active = model.unlocked(state.carry, state.step)
        new = active & ~state.carry.active
        # Of a locked channel q(c|x) was exactly 0, but the running mean still has a part of its initial value.
        usage = jnp.where(new, 0.0, state.carry.usage)
        state = state._replace(carry=state.carry._replace(active=active, usage=usage))
        if noise is None:
            return state
        source = jnp.where(new, worst, jnp.arange(len(new)))
        return copy_channels(model, optimizer, state, source, noise=noise)

    def effect(state: TrainState) -> dict[str, Float[Array, ""]]:
        return model.curriculum_effect(state.carry, state.step - 1)

    return Unlocking(jax.jit(advance), jax.jit(unlock), jax.jit(effect), noise is not None)


def worst_channel(
    responsibilities: Float[np.ndarray, "N K"], nll: Float[np.ndarray, " N"]
) -> Int[np.ndarray, ""]:
    """Return the channel whose inputs have the largest mean -log p(x|z, c), among those with at least one input.

    Args:
        responsibilities: q(c|x); their sum over inputs is the expected number of inputs of a channel.
        nll: -log p(x|z, c) of each input, in nats.

    Example:
        >>> int(worst_channel(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([3.0, 5.0])))
        1
    """
    mass = responsibilities.sum(axis=0)
    mean = responsibilities.T @ nll / np.maximum(mass, 1e-12)  # a channel without mass is excluded below
    return np.asarray(np.argmax(np.where(mass >= 1, mean, -np.inf)), np.int32)


def copy_channels(
    model: Model,
    optimizer: optax.GradientTransformation,
    state: TrainState,
    source: Int[Array, " K"],
    *,
    noise: float = 0.0,
) -> TrainState:
    """Make channels copies of others, with noise in proportion to the spread of each array.

    Args:
        model: the model.
        optimizer: its optimizer.
        state: before.
        source: the channel that each one becomes a copy of; its own number keeps it.
        noise: standard deviation of the noise, as a share of that of the array.

    Returns:
        The state with new parameters; the optimizer slots of copies are zero.
    """
    new = source != jnp.arange(model.context.channels)
    axes = map_by_path(state.params, model.channel_axes, SHARED)
    # No step folds in the largest number, so that this key is no step's and no stream's.
    key = jax.random.fold_in(jax.random.fold_in(state.key, jnp.uint32(2**32 - 1)), state.step)
    leaves, tree = jax.tree.flatten(state.params)
    keys = jax.tree.unflatten(tree, list(jax.random.split(key, len(leaves))))

    def copy(array: Array, axis: int, key: Array) -> Array:
        if axis == SHARED:
            return array
        copies = jnp.take(array, source, axis=axis)
        copies += noise * jnp.std(array) * jax.random.normal(key, array.shape, array.dtype)
        return jnp.where(broadcast_mask(new, array, axis), copies, array)

    def reset(slot: Array, param: Array, axis: int) -> Array:
        if axis == SHARED or slot.shape != param.shape:
            return slot
        return jnp.where(broadcast_mask(new, slot, axis), jnp.zeros_like(slot), slot)

    slots: Any = optax.tree_utils.tree_map_params(optimizer, reset, state.optimizer, state.params, axes)
    # The average gets the same noise, so that it stays the average of the parameters.
    params, *average = (
        jax.tree.map(copy, each, axes, keys) for each in (state.params, *dict(state.average).values())
    )
    averages = dict(zip(state.average, average, strict=True)) or ()
    return state._replace(params=params, optimizer=slots, average=averages)
