"""Feeds inputs that are kept on the device to the compiled programs; `streaming` reads them from disk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from rcmvae_core.data.inputs import read_all
from rcmvae_core.data.sample_weights import drawn
from rcmvae_core.data.scaling import Scaling
from rcmvae_core.data.split import Split
from rcmvae_core.plugin.protocols import Dataset
from rcmvae_core.training.epoch import DataArrays, Epoch, Streams, gather_inputs
from rcmvae_core.training.evaluation import (
    EvalOutputs,
    Evaluate,
    concatenate_batches,
    index_batches,
)
from rcmvae_core.training.sharding import DeviceMesh
from rcmvae_core.training.state import TrainState


class Feed(Protocol):
    """Training and evaluation over the data of a run, wherever they are stored."""

    def max_steps(self, step: int) -> int:
        """Return how many steps one call may take from a step on; never beyond the end of an epoch."""
        ...

    def advance(self, state: TrainState, count: int) -> TrainState:
        """Train for `count` steps; the state is donated.

        Returns:
            The state after these steps.
        """
        ...

    def advance_all(self, states: Sequence[TrainState], count: int) -> list[TrainState]:
        """Train several seeds that are at the same step, in one program where that is possible.

        Returns:
            The states after these steps, in the same order.
        """
        ...

    def evaluate(self, state: TrainState, indices: Int[np.ndarray, " n"]) -> EvalOutputs:
        """Compute the statistics of inputs.

        Returns:
            The statistics of each input, on the host.
        """
        ...

    def inputs_at(self, indices: Int[np.ndarray, " n"]) -> Float[Array, "n *x"]:
        """Return inputs by index, in [0, 1]."""
        ...


class FeedConfig(NamedTuple):
    """What both kinds of feed are built from.

    Args:
        dataset: the inputs.
        split: the indices that train.
        labels: of the whole data set, -1 where training may not see them; see `visible_labels`.
        mesh: the devices.
        epoch: the compiled steps.
        evaluate_batch: the compiled pass over a batch of held-out data.
        steps: steps of an epoch.
        scaling: of the inputs; None if they are divided by their maximum.
    """

    dataset: Dataset
    split: Split
    labels: Int[np.ndarray, " N"]
    mesh: DeviceMesh
    epoch: Epoch
    evaluate_batch: Evaluate
    steps: int
    scaling: Scaling | None = None


def visible_labels(dataset: Dataset, split: Split) -> Int[np.ndarray, " N"]:
    """Return the labels that training may see, and -1 everywhere else, so that no other reaches the device."""
    labels = np.full(len(dataset.labels), -1, np.int32)
    labels[split.labelled] = split.given
    return labels


class EpochStreams:
    """The batches of the epoch that a step belongs to, computed once for each epoch and seed."""

    def __init__(self, config: FeedConfig) -> None:
        self._epoch, self._steps = config.epoch, config.steps
        weights = config.dataset.sample_weights
        indices = [drawn(given, weights) for given in (config.split.train, config.split.labelled)]
        self._train, self._labelled = (config.mesh.replicate(i.astype(np.int32)) for i in indices)
        self._by_key: dict[bytes, tuple[int, Streams]] = {}

    def at(self, state: TrainState, step: int) -> tuple[int, Streams]:
        """Return the first step of the epoch, and its streams."""
        origin, key = step - step % self._steps, key_bytes(state)
        if self._by_key.get(key, (None,))[0] != origin:
            streams = self._epoch.streams(state.key, np.int32(origin), self._train, self._labelled)
            self._by_key[key] = (origin, streams)
        return self._by_key[key]


class DeviceFeed:
    """Keeps all inputs on the device, in their stored type.

    Args:
        config: data and compiled functions.
    """

    def __init__(self, config: FeedConfig) -> None:
        self.arrays = to_device(config, read_all(config.dataset), config.labels)
        self._config, self._streams = config, EpochStreams(config)

    def max_steps(self, step: int) -> int:
        """Return the steps to the end of the epoch."""
        return self._config.steps - step % self._config.steps

    def advance(self, state: TrainState, count: int) -> TrainState:
        """Train for `count` steps.

        Returns:
            The state after these steps.
        """
        origin, streams = self._streams.at(state, int(state.step))
        return self._config.epoch.advance(state, streams, self.arrays, np.int32(origin), np.int32(count))

    def advance_all(self, states: Sequence[TrainState], count: int) -> list[TrainState]:
        """Train several seeds for `count` steps, their states stacked.

        Returns:
            The states after these steps, in the same order.
        """
        step = int(states[0].step)
        origins, streams = zip(*(self._streams.at(state, step) for state in states), strict=True)
        stacked = self._config.epoch.advance_all(
            _stack(states), _stack(streams), self.arrays, np.int32(origins[0]), np.int32(count)
        )
        return [_unstack(stacked, index) for index in range(len(states))]

    def evaluate(self, state: TrainState, indices: Int[np.ndarray, " n"]) -> EvalOutputs:
        """Compute the statistics of inputs.

        Returns:
            The statistics of each input, on the host.
        """
        batches = [
            self._config.evaluate_batch(state, self.arrays, row, np.int32(number))
            for number, row in enumerate(index_batches(indices))
        ]
        return concatenate_batches(batches, len(indices))

    def inputs_at(self, indices: Int[np.ndarray, " n"]) -> Float[Array, "n *x"]:
        """Return inputs by index, in [0, 1]."""
        return gather_inputs(self.arrays, np.asarray(indices, np.int32))


def _stack(trees: Sequence[Any]) -> Any:
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *trees)


def _unstack(tree: Any, index: int) -> Any:
    return jax.tree.map(lambda leaf: leaf[index], tree)


def to_device(config: FeedConfig, inputs: np.ndarray, labels: Int[np.ndarray, " n"]) -> DataArrays:
    """Put inputs, in their stored type or scaled, and their labels on every device.

    Args:
        config: the devices and what inputs are divided by.
        inputs: [n *x] inputs.
        labels: of the inputs, -1 where training may not see them.

    Returns:
        What the compiled functions read.
    """
    maximum = config.dataset.maximum
    if config.scaling is not None:
        inputs, maximum = config.scaling(inputs), 1.0
    return DataArrays(*config.mesh.replicate((inputs, labels, np.float32(maximum))))


def key_bytes(state: TrainState) -> bytes:
    """Return the key of a run as bytes, by which its streams are found again."""
    return np.asarray(jax.random.key_data(state.key)).tobytes()
