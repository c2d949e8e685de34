"""Streams inputs from where they are stored to the compiled programs, read ahead by a thread."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from jaxtyping import Array, Float, Int

from rcmvae_core.data.inputs import read_rows
from rcmvae_core.training.batches import EpochStreams, FeedConfig, key_bytes, to_device
from rcmvae_core.training.epoch import DataArrays, Streams, gather_inputs
from rcmvae_core.training.evaluation import EVAL_BATCH, EvalOutputs, concatenate_batches, index_batches
from rcmvae_core.training.state import TrainState

_READ_BYTES = 32 * 2**20
"""Bytes of inputs that are read together for a streamed run; as many again are read ahead."""


class StreamFeed:
    """Reads the inputs of the next steps in a thread while the device works on the current ones.

    The order of the inputs is that of a `DeviceFeed`, and so are the numbers.

    Args:
        config: data and compiled functions.
        batch_size: unlabelled inputs of a step.
        labelled_batch_size: labelled inputs of a step.
    """

    def __init__(self, config: FeedConfig, batch_size: int, labelled_batch_size: int) -> None:
        self._config, self._streams = config, EpochStreams(config)
        self._widths = (batch_size, labelled_batch_size)
        inputs = config.dataset.inputs
        input_bytes = int(np.prod(inputs.shape[1:])) * inputs.dtype.itemsize
        self._span = max(1, min(config.steps, _READ_BYTES // (sum(self._widths) * input_bytes)))
        # Inputs are read in the order in which they are used, so that a step finds its own at these rows.
        rows = np.arange(self._span * sum(self._widths), dtype=np.int32)
        parts = np.split(rows, [self._span * batch_size])
        shaped = [part.reshape(self._span, width) for part, width in zip(parts, self._widths, strict=True)]
        self._rows = Streams(*config.mesh.replicate(shaped))
        self._reader = ThreadPoolExecutor(1, "reader")
        self._ahead: tuple[Any, Future[DataArrays]] | None = None
        self._current: tuple[Any, DataArrays] | None = None

    def max_steps(self, step: int) -> int:
        """Return the steps left of those whose inputs were read together."""
        in_epoch = step % self._config.steps
        return min(self._span - in_epoch % self._span, self._config.steps - in_epoch)

    def advance(self, state: TrainState, count: int) -> TrainState:
        """Train for `count` steps, whose inputs were read together.

        Returns:
            The state after these steps.
        """
        step = int(state.step)
        first = step - step % self._config.steps % self._span
        arrays = self._arrays(state, first)
        return self._config.epoch.advance(state, self._rows, arrays, np.int32(first), np.int32(count))

    def advance_all(self, states: Sequence[TrainState], count: int) -> list[TrainState]:
        """Train the seeds one after the other: each reads inputs in an order of its own.

        Returns:
            The states after these steps, in the same order.
        """
        return [self.advance(state, count) for state in states]

    def evaluate(self, state: TrainState, indices: Int[np.ndarray, " n"]) -> EvalOutputs:
        """Compute the statistics of inputs, reading each batch when it is needed.

        Returns:
            The statistics of each input, on the host.
        """
        rows = np.arange(EVAL_BATCH, dtype=np.int32)
        batches = [
            self._config.evaluate_batch(state, self._read_rows(indices_of_batch), rows, np.int32(number))
            for number, indices_of_batch in enumerate(index_batches(indices))
        ]
        return concatenate_batches(batches, len(indices))

    def inputs_at(self, indices: Int[np.ndarray, " n"]) -> Float[Array, "n *x"]:
        """Read inputs by index, in [0, 1].

        Returns:
            The inputs, in the order of the indices.
        """
        return gather_inputs(self._read_rows(indices), np.arange(len(indices)))

    def _arrays(self, state: TrainState, first: int) -> DataArrays:
        """Return the inputs of the steps from `first` on, and start to read those of the steps after them."""
        origin, streams = self._streams.at(state, first)
        key = key_bytes(state)
        if self._current is None or self._current[0] != (key, first):
            read_ahead = self._ahead if self._ahead is not None and self._ahead[0] == (key, first) else None
            arrays = read_ahead[1].result() if read_ahead else self._read_steps(streams, first - origin)
            self._current = ((key, first), arrays)
        following = first + self._span
        is_read = self._ahead is not None and self._ahead[0] == (key, following)
        if following < origin + self._config.steps and not is_read:
            future = self._reader.submit(self._read_steps, streams, following - origin)
            self._ahead = ((key, following), future)
        return self._current[1]

    def _read_steps(self, streams: Streams, row: int) -> DataArrays:
        """Read the inputs of a span of steps; at the end of an epoch rows repeat, so that the shape stays the same.

        Returns:
            The inputs and labels of these steps.
        """
        columns = [np.asarray(stream[row : row + self._span]) for stream in streams]
        filled = [np.resize(c, (self._span, w)) for c, w in zip(columns, self._widths, strict=True)]
        return self._read_rows(np.concatenate([part.reshape(-1) for part in filled]))

    def _read_rows(self, indices: Int[np.ndarray, " n"]) -> DataArrays:
        return to_device(self._config, read_rows(self._config.dataset, indices), self._config.labels[indices])
