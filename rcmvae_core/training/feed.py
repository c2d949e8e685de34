"""Inputs to the compiled programs: kept on the device as a whole, or streamed from where they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from rcmvae_core.protocols import Dataset
from rcmvae_core.training.epoch import Arrays, Epoch, Streams, take
from rcmvae_core.training.evaluate import BATCH, Held, batches, together
from rcmvae_core.training.inputs import everything, rows
from rcmvae_core.training.placement import Placement
from rcmvae_core.training.split import Split
from rcmvae_core.training.state import TrainState

_AHEAD = 32 * 2**20
"""Bytes of inputs that one call of a streamed run sees; as many again are read ahead."""

Describe = Callable[..., Held]


class Feed(Protocol):
    """Training and evaluation over the data of a run, wherever they are."""

    def room(self, step: int) -> int:
        """How many steps one call can take from here; never beyond the end of an epoch."""
        ...

    def advance(self, state: TrainState, count: int) -> TrainState:
        """The next steps; the state is donated."""
        ...

    def advance_all(self, states: Sequence[TrainState], count: int) -> list[TrainState]:
        """The next steps of several seeds that are at the same one, in one program."""
        ...

    def judge(self, state: TrainState, indices: Int[np.ndarray, " n"]) -> Held:
        """What the model says of these inputs."""
        ...

    def shown(self, indices: Int[np.ndarray, " n"]) -> Float[Array, "n *x"]:
        """These inputs, in [0, 1]."""
        ...


class Data(NamedTuple):
    """What both kinds of feed are made from."""

    dataset: Dataset
    split: Split
    labels: Int[np.ndarray, " N"]
    placement: Placement
    epoch: Epoch
    describe: Describe
    steps: int


def visible(dataset: Dataset, split: Split) -> Int[np.ndarray, " N"]:
    """The labels that are given; -1 everywhere else, so that no other ever reaches the device."""
    labels = np.full(len(dataset.labels), -1, np.int32)
    labels[split.labelled] = split.given
    return labels


class _Ordered:
    """Who is seen when: the streams of the epoch that a step belongs to, computed once an epoch."""

    def __init__(self, data: Data) -> None:
        self._epoch, self._steps = data.epoch, data.steps
        chosen = (data.split.train, data.split.labelled)
        self._train, self._labelled = (data.placement.replicate(i.astype(np.int32)) for i in chosen)
        self._known: dict[bytes, tuple[int, Streams]] = {}

    def of(self, state: TrainState, step: int) -> tuple[int, Streams]:
        """The first step of the epoch, and its streams."""
        origin, key = step - step % self._steps, np.asarray(jax.random.key_data(state.key)).tobytes()
        if self._known.get(key, (None,))[0] != origin:
            streams = self._epoch.streams(state.key, np.int32(origin), self._train, self._labelled)
            self._known[key] = (origin, streams)
        return self._known[key]


class DeviceFeed:
    """All inputs are on the device, in their stored type."""

    def __init__(self, data: Data) -> None:
        self.arrays = _placed(data, everything(data.dataset), data.labels)
        self._data, self._order = data, _Ordered(data)

    def room(self, step: int) -> int:
        """All that is left of the epoch."""
        return self._data.steps - step % self._data.steps

    def advance(self, state: TrainState, count: int) -> TrainState:
        """The next steps."""
        origin, streams = self._order.of(state, int(state.step))
        return self._data.epoch.advance(state, streams, self.arrays, np.int32(origin), np.int32(count))

    def advance_all(self, states: Sequence[TrainState], count: int) -> list[TrainState]:
        """The next steps of all, stacked."""
        step = int(states[0].step)
        origin, streams = zip(*(self._order.of(state, step) for state in states), strict=True)
        stacked = self._data.epoch.advance_all(
            _stack(states), _stack(streams), self.arrays, np.int32(origin[0]), np.int32(count)
        )
        return [_row(stacked, index) for index in range(len(states))]

    def judge(self, state: TrainState, indices: Int[np.ndarray, " n"]) -> Held:
        """By index."""
        held = [
            self._data.describe(state, self.arrays, row, np.int32(number))
            for number, row in enumerate(batches(indices))
        ]
        return together(held, len(indices))

    def shown(self, indices: Int[np.ndarray, " n"]) -> Float[Array, "n *x"]:
        """By index."""
        return take(self.arrays, np.asarray(indices, np.int32))


class StreamFeed:
    """Inputs stay where they are; those of the next steps are read while the device works on the last ones.

    The order is that of a `DeviceFeed`, and so are the numbers.
    """

    def __init__(self, data: Data, batch_size: int, labelled_batch_size: int) -> None:
        self._data, self._order = data, _Ordered(data)
        self._widths = (batch_size, labelled_batch_size)
        inputs = data.dataset.inputs
        size = int(np.prod(inputs.shape[1:])) * inputs.dtype.itemsize
        self._span = max(1, min(data.steps, _AHEAD // (sum(self._widths) * size)))
        every, widths = np.arange(self._span * sum(self._widths), dtype=np.int32), self._widths
        parts = np.split(every, [self._span * widths[0]])
        shaped = [part.reshape(self._span, width) for part, width in zip(parts, widths, strict=True)]
        self._rows = Streams(*data.placement.replicate(shaped))
        self._reader = ThreadPoolExecutor(1, "reader")
        self._ahead: tuple[Any, Future[Arrays]] | None = None
        self._now: tuple[Any, Arrays] | None = None

    def room(self, step: int) -> int:
        """What is left of the steps that were read together."""
        within = step % self._data.steps
        return min(self._span - within % self._span, self._data.steps - within)

    def advance(self, state: TrainState, count: int) -> TrainState:
        """The next steps, of one reading."""
        step = int(state.step)
        begin = step - step % self._data.steps % self._span
        arrays = self._arrays(state, begin)
        return self._data.epoch.advance(state, self._rows, arrays, np.int32(begin), np.int32(count))

    def advance_all(self, states: Sequence[TrainState], count: int) -> list[TrainState]:
        """One after the other: each seed has an order, and so a reading, of its own."""
        return [self.advance(state, count) for state in states]

    def judge(self, state: TrainState, indices: Int[np.ndarray, " n"]) -> Held:
        """Batch by batch, each read as it is needed."""
        every = np.arange(BATCH, dtype=np.int32)
        held = [
            self._data.describe(state, self._gather(row), every, np.int32(number))
            for number, row in enumerate(batches(indices))
        ]
        return together(held, len(indices))

    def shown(self, indices: Int[np.ndarray, " n"]) -> Float[Array, "n *x"]:
        """By index."""
        return take(self._gather(indices), np.arange(len(indices)))

    def _arrays(self, state: TrainState, begin: int) -> Arrays:
        """The inputs of the steps from `begin` on; and then those after them are asked for."""
        origin, streams = self._order.of(state, begin)
        wanted = (np.asarray(jax.random.key_data(state.key)).tobytes(), begin)
        if self._now is None or self._now[0] != wanted:
            ready = self._ahead if self._ahead is not None and self._ahead[0] == wanted else None
            self._now = (wanted, ready[1].result() if ready else self._read(streams, begin - origin))
        following = begin + self._span
        after = (wanted[0], following)
        if following < origin + self._data.steps and (self._ahead is None or self._ahead[0] != after):
            self._ahead = (after, self._reader.submit(self._read, streams, following - origin))
        return self._now[1]

    def _read(self, streams: Streams, row: int) -> Arrays:
        columns = [np.asarray(stream[row : row + self._span]) for stream in streams]
        filled = [np.resize(c, (self._span, w)) for c, w in zip(columns, self._widths, strict=True)]
        return self._gather(np.concatenate([part.reshape(-1) for part in filled]))

    def _gather(self, indices: Int[np.ndarray, " n"]) -> Arrays:
        return _placed(self._data, rows(self._data.dataset, indices), self._data.labels[indices])


def _stack(trees: Sequence[Any]) -> Any:
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *trees)


def _row(tree: Any, index: int) -> Any:
    return jax.tree.map(lambda leaf: leaf[index], tree)


def _placed(data: Data, inputs: np.ndarray, labels: Int[np.ndarray, " n"]) -> Arrays:
    return Arrays(*data.placement.replicate((inputs, labels, np.float32(data.dataset.maximum))))
