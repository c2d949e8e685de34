"""Compiles the steps of an epoch into one program that does as many of them as a call asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, Key, Num

from rcmvae_core.model.build import Batch
from rcmvae_core.model.model import Model
from rcmvae_core.training.averaging import Averaging
from rcmvae_core.training.sharding import DeviceMesh
from rcmvae_core.training.state import TrainState, accumulate


class DataArrays(NamedTuple):
    """Data on the device, in their stored type.

    Args:
        inputs: all inputs of the data set, or those of a few steps where inputs are streamed.
        labels: the label of each input; -1 where it is not visible to training.
        maximum: what inputs are divided by.
    """

    inputs: Num[Array, "N *x"]
    labels: Int[Array, " N"]
    maximum: Float[Array, ""]


class Streams(NamedTuple):
    """Indices into the data, one row for each step; `labelled` has no columns in a run without labels."""

    unlabelled: Int[Array, "steps B"]
    labelled: Int[Array, "steps L"]


class Epoch(NamedTuple):
    """Functions that are compiled once for all epochs and seeds.

    Args:
        streams: `(key, step, train [T], labelled [L]) -> Streams`, the batches of the epoch that begins at `step`.
        advance: `(state, streams, data, origin, count) -> state`, the next `count` steps; the first row of the
            streams belongs to the step `origin`. The state is donated. The numbers do not depend on how an epoch
            is divided into calls.
        advance_all: the same for several seeds at the same step, whose states and streams are stacked along a first
            axis.
    """

    streams: Callable[..., Streams]
    advance: Callable[..., TrainState]
    advance_all: Callable[..., TrainState]


def shuffled_batches(
    key: Key[Array, ""], indices: Int[Array, " n"], steps: int, batch: int
) -> Int[Array, "steps batch"]:
    """Draw batches of indices from as many random permutations as needed, so that all are used equally often.

    Args:
        key: of this epoch and stream.
        indices: the indices to draw from.
        steps: number of batches.
        batch: size of a batch.

    Returns:
        Indices [steps, batch]; each of the n indices appears once in any n consecutive entries of one permutation.
    """
    passes = -(-steps * batch // len(indices))
    keys = jax.random.split(key, passes)
    shuffled = jax.vmap(jax.random.permutation, in_axes=(0, None))(keys, indices)
    return shuffled.reshape(-1)[: steps * batch].reshape(steps, batch)


def gather_inputs(
    data: DataArrays, indices: Int[Array, " n"] | Int[np.ndarray, " n"]
) -> Float[Array, "n *x"]:
    """Return inputs by index, scaled to [0, 1]."""
    return data.inputs[indices].astype(jnp.float32) / data.maximum


def make_epoch(
    model: Model,
    optimizer: optax.GradientTransformation,
    *,
    steps: int,
    batch_size: int,
    labelled_batch_size: int,
    mesh: DeviceMesh,
    averaging: Averaging | None = None,
) -> Epoch:
    """Build the jitted functions of an epoch.

    Args:
        model: the model.
        optimizer: its optimizer.
        steps: steps of an epoch.
        batch_size: unlabelled inputs of a step.
        labelled_batch_size: labelled inputs of a step; 0 for a run without labels.
        mesh: the devices over which a batch is sharded.
        averaging: the average of the parameters; None for none.

    Returns:
        The functions; each compiles on its first call.
    """

    def streams(
        key: Key[Array, ""],
        step: Int[Array, ""],
        train: Int[Array, " T"],
        labelled: Int[Array, " L"],
    ) -> Streams:
        # Steps fold in numbers below 2**31, streams the numbers above: no key is used twice.
        epoch_key = jax.random.fold_in(key, jnp.uint32(2**31) + step.astype(jnp.uint32))
        unlabelled_key, labelled_key = jax.random.split(epoch_key)
        rows = jnp.zeros((steps, 0), jnp.int32)
        if labelled_batch_size:
            rows = shuffled_batches(labelled_key, labelled, steps, labelled_batch_size)
        return Streams(shuffled_batches(unlabelled_key, train, steps, batch_size), rows)

    def step(state: TrainState, streams: Streams, data: DataArrays, origin: Int[Array, ""]) -> TrainState:
        row = state.step - origin
        batch = Batch(mesh.shard_batch(gather_inputs(data, streams.unlabelled[row])), None, None)
        if labelled_batch_size:
            index = streams.labelled[row]
            batch = batch._replace(labelled_x=gather_inputs(data, index), labels=data.labels[index])
        key = jax.random.fold_in(state.key, state.step)
        gradient = jax.value_and_grad(model.loss, has_aux=True)
        (_, (losses, carry)), grads = gradient(
            state.params, state.carry, batch, step=state.step, key=key, average=state.average
        )
        updates, slots = optimizer.update(grads, state.optimizer, state.params)
        params = optax.apply_updates(state.params, updates)
        values = {"total": losses.total, **losses.terms}
        tally = accumulate(state.tally, values, state.step, first=state.step % steps == 0)
        done, average = state.step + 1, state.average
        if averaging is not None:
            average = averaging.update(average, params, done)
        return TrainState(params, slots, carry, tally, done, state.key, average)

    def advance(
        state: TrainState, streams: Streams, data: DataArrays, origin: Int[Array, ""], count: Int[Array, ""]
    ) -> TrainState:
        # The bound is an array, so that one program serves every count.
        return jax.lax.fori_loop(0, count, lambda _, s: step(s, streams, data, origin), state)

    advance_all = jax.vmap(advance, in_axes=(0, 0, None, None, None))
    return Epoch(jax.jit(streams), jax.jit(advance, donate_argnums=0), jax.jit(advance_all, donate_argnums=0))
