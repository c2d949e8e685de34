"""One epoch as one compiled program: a scan over streams of indices, the data on the device."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, Key, Num

from rcmvae_core.model import Batch, Model
from rcmvae_core.training.state import TrainState

Metrics = dict[str, Float[Array, ""]]
Epoch = Callable[[TrainState, "Arrays"], tuple[TrainState, Metrics]]


class Arrays(NamedTuple):
    """The data on the device, in its stored type, and who is who.

    Args:
        inputs: every input of the data set.
        labels: every label; read only at `labelled`.
        train: indices of training inputs.
        labelled: indices of training inputs whose label the model may see.
        maximum: what inputs are divided by.
    """

    inputs: Num[Array, "N *x"]
    labels: Int[Array, " N"]
    train: Int[Array, " T"]
    labelled: Int[Array, " L"]
    maximum: Float[Array, ""]


def stream(
    key: Key[Array, ""], indices: Int[Array, " n"], steps: int, batch: int
) -> Int[Array, "steps batch"]:
    """Batches of indices from as many random permutations as it takes, so that use is even.

    Args:
        key: of this epoch and stream.
        indices: what to draw from.
        steps: rows.
        batch: columns.

    Returns:
        Indices; over any n consecutive ones of one permutation each appears once.
    """
    passes = -(-steps * batch // len(indices))
    keys = jax.random.split(key, passes)
    shuffled = jax.vmap(jax.random.permutation, in_axes=(0, None))(keys, indices)
    return shuffled.reshape(-1)[: steps * batch].reshape(steps, batch)


def take(data: Arrays, indices: Int[Array, " n"]) -> Float[Array, "n *x"]:
    """Inputs by index, in [0, 1]."""
    return data.inputs[indices].astype(jnp.float32) / data.maximum


def make_epoch(
    model: Model,
    optimizer: optax.GradientTransformation,
    *,
    steps: int,
    batch_size: int,
    labelled_batch_size: int,
) -> Epoch:
    """Compile-once training over the data.

    Args:
        model: the model.
        optimizer: its optimizer.
        steps: steps of an epoch.
        batch_size: unlabelled inputs of a step.
        labelled_batch_size: labelled inputs of a step; 0 for a run without labels.

    Returns:
        A jitted function that takes the state (donated) and the data, and gives the next state and the
        epoch's mean of every term.
    """

    def body(state: TrainState, rows: tuple[Int[Array, " B"], Int[Array, " L"]], data: Arrays):  # noqa: ANN202
        index, labelled = rows
        batch = Batch(take(data, index), None, None)
        if labelled_batch_size:
            batch = batch._replace(labelled_x=take(data, labelled), labels=data.labels[labelled])
        key = jax.random.fold_in(state.key, state.step)
        gradient = jax.value_and_grad(model.loss, has_aux=True)
        (_, (losses, carry)), grads = gradient(state.params, state.carry, batch, step=state.step, key=key)
        updates, slots = optimizer.update(grads, state.optimizer, state.params)
        params = optax.apply_updates(state.params, updates)
        following = TrainState(params, slots, carry, state.step + 1, state.key)
        return following, {"total": losses.total, **losses.terms}

    def epoch(state: TrainState, data: Arrays) -> tuple[TrainState, Metrics]:
        # Steps fold in numbers below 2**31, streams the ones above: no key is used twice.
        key = jax.random.fold_in(state.key, jnp.uint32(2**31) + state.step.astype(jnp.uint32))
        unlabelled_key, labelled_key = jax.random.split(key)
        rows = stream(unlabelled_key, data.train, steps, batch_size)
        labelled = jnp.zeros((steps, 0), jnp.int32)
        if labelled_batch_size:
            labelled = stream(labelled_key, data.labelled, steps, labelled_batch_size)
        state, metrics = jax.lax.scan(lambda s, r: body(s, r, data), state, (rows, labelled))
        return state, jax.tree.map(jnp.mean, metrics)

    return jax.jit(epoch, donate_argnums=0)
