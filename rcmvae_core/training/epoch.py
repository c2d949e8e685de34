"""The steps of an epoch as one compiled program, which does as many of them as it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, Key, Num

from rcmvae_core.model import Batch, Model
from rcmvae_core.training.placement import Placement
from rcmvae_core.training.state import TrainState, gather


class Arrays(NamedTuple):
    """Data on the device, in their stored type.

    Args:
        inputs: every input of the data set; of a streamed one those of a few steps.
        labels: their labels; read only where they are given.
        maximum: what inputs are divided by.
    """

    inputs: Num[Array, "N *x"]
    labels: Int[Array, " N"]
    maximum: Float[Array, ""]


class Streams(NamedTuple):
    """Indices into the data: a row for each step; no columns in the second without labels."""

    unlabelled: Int[Array, "steps B"]
    labelled: Int[Array, "steps L"]


class Epoch(NamedTuple):
    """Compiled once for all epochs and seeds.

    Args:
        streams: `(key, step, train [T], labelled [L]) -> Streams`, who is seen in the epoch that begins at `step`.
        advance: `(state, streams, data, origin, count) -> state`, the next `count` steps, for the first row of
            the streams belongs to the step `origin`. The state is donated. However an epoch is cut into calls,
            the numbers are the same.
        advance_all: the same of several seeds at the same step, states and streams stacked along a first axis.
    """

    streams: Callable[..., Streams]
    advance: Callable[..., TrainState]
    advance_all: Callable[..., TrainState]


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


def take(data: Arrays, indices: Int[Array, " n"] | Int[np.ndarray, " n"]) -> Float[Array, "n *x"]:
    """Inputs by index, in [0, 1]."""
    return data.inputs[indices].astype(jnp.float32) / data.maximum


def make_epoch(
    model: Model,
    optimizer: optax.GradientTransformation,
    *,
    steps: int,
    batch_size: int,
    labelled_batch_size: int,
    placement: Placement,
) -> Epoch:
    """Compile-once training over the data.

    Args:
        model: the model.
        optimizer: its optimizer.
        steps: steps of an epoch.
        batch_size: unlabelled inputs of a step.
        labelled_batch_size: labelled inputs of a step; 0 for a run without labels.
        placement: the devices over which a batch is split.
    """

    def streams(
        key: Key[Array, ""],
        step: Int[Array, ""],
        train: Int[Array, " T"],
        labelled: Int[Array, " L"],
    ) -> Streams:
        # Steps fold in numbers below 2**31, streams the ones above: no key is used twice.
        epoch_key = jax.random.fold_in(key, jnp.uint32(2**31) + step.astype(jnp.uint32))
        unlabelled_key, labelled_key = jax.random.split(epoch_key)
        rows = jnp.zeros((steps, 0), jnp.int32)
        if labelled_batch_size:
            rows = stream(labelled_key, labelled, steps, labelled_batch_size)
        return Streams(stream(unlabelled_key, train, steps, batch_size), rows)

    def step(state: TrainState, streams: Streams, data: Arrays, origin: Int[Array, ""]) -> TrainState:
        row = state.step - origin
        batch = Batch(placement.split(take(data, streams.unlabelled[row])), None, None)
        if labelled_batch_size:
            index = streams.labelled[row]
            batch = batch._replace(labelled_x=take(data, index), labels=data.labels[index])
        key = jax.random.fold_in(state.key, state.step)
        gradient = jax.value_and_grad(model.loss, has_aux=True)
        (_, (losses, carry)), grads = gradient(state.params, state.carry, batch, step=state.step, key=key)
        updates, slots = optimizer.update(grads, state.optimizer, state.params)
        params = optax.apply_updates(state.params, updates)
        values = {"total": losses.total, **losses.terms}
        tally = gather(state.tally, values, state.step, first=state.step % steps == 0)
        return TrainState(params, slots, carry, tally, state.step + 1, state.key)

    def advance(
        state: TrainState, streams: Streams, data: Arrays, origin: Int[Array, ""], count: Int[Array, ""]
    ) -> TrainState:
        # The bound is an array, so that one program serves every count.
        return jax.lax.fori_loop(0, count, lambda _, s: step(s, streams, data, origin), state)

    advance_all = jax.vmap(advance, in_axes=(0, 0, None, None, None))
    return Epoch(jax.jit(streams), jax.jit(advance, donate_argnums=0), jax.jit(advance_all, donate_argnums=0))
