"""Feeds an estimator's arrays to its programs, without compiling a program for each number of inputs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from rcmvae_core.inference.forward_stats import join
from rcmvae_core.inference.inputs import iter_batches
from rcmvae_core.inference.model_info import ModelInfo, build_info
from rcmvae_core.plugin.core_tables import TrainTable
from rcmvae_core.plugin.protocols import ForwardStats
from rcmvae_core.training.batches import DeviceFeed, FeedConfig, visible_labels
from rcmvae_core.training.compiled import Programs
from rcmvae_core.training.epoch import Streams
from rcmvae_core.training.evaluation import EvalOutputs
from rcmvae_core.training.setup import Prepared
from rcmvae_core.training.state import TrainState

_MIN_ROWS = 512
"""Rows of the inputs on the device at least: fewer are repeated, so that one program serves many sizes."""


def draw_streams(  # noqa: PLR0917 - as `Epoch.streams`, after two arguments that are bound
    steps: int,
    table: TrainTable,
    key: Key[Array, ""],
    step: np.integer[Any],
    train: Int[Array, " T"],
    labelled: Int[Array, " L"],
) -> Streams:
    """Draw the batches of an epoch as `training.epoch` does, but on the host.

    A compiled program would be needed for every number of inputs.

    Args:
        steps: the steps of the epoch.
        table: the batch sizes.
        key: of the seed.
        step: the first step of the epoch.
        train: indices of the training inputs.
        labelled: indices of the labelled inputs.

    Returns:
        Indices [steps, batch size] of both.
    """
    entropy = [*np.asarray(jax.random.key_data(key)).ravel().tolist(), int(step)]
    rng = np.random.default_rng(entropy)

    def draw(indices: Int[Array, " n"], batch_size: int) -> Int[Array, "steps batch"]:
        passes = -(-steps * batch_size // len(indices))
        drawn = rng.permuted(np.tile(np.asarray(indices), (passes, 1)), axis=1)
        return jnp.asarray(drawn.reshape(-1)[: steps * batch_size].reshape(steps, batch_size))

    return Streams(draw(train, table.batch_size), draw(labelled, table.labelled_batch_size))


def repeat_rows(array: np.ndarray, rows: int) -> np.ndarray:
    """Repeat an array's rows until it has at least as many.

    Returns:
        The array with at least that many rows.
    """
    return array if len(array) >= rows else np.resize(array, (rows, *array.shape[1:]))


class ArrayFeed(DeviceFeed):
    """Trains on arrays on the device; evaluates with the program of prediction, so that no other is compiled.

    Args:
        prepared: data and model.
        forward_stats: the compiled program of prediction.
        programs: the programs of training, without a feed.
    """

    def __init__(
        self, prepared: Prepared, forward_stats: Callable[..., ForwardStats], programs: Programs
    ) -> None:
        self._prepared, self._forward_stats = prepared, forward_stats
        data, labels = prepared.dataset, visible_labels(prepared.dataset, prepared.split)
        # Powers of two, so that fits of similar size share a program.
        size = max(_MIN_ROWS, 2 ** math.ceil(math.log2(len(labels))))
        super().__init__(
            FeedConfig(
                dataset=data._replace(inputs=repeat_rows(cast("np.ndarray", data.inputs), size)),
                split=prepared.split,
                labels=repeat_rows(labels, size),
                mesh=programs.mesh,
                epoch=programs.epoch,
                evaluate_batch=cast("Any", None),  # only `DeviceFeed.evaluate` calls it
                steps=prepared.context.steps_per_epoch,
                scaling=prepared.scaling,
            )
        )

    def evaluate(self, state: TrainState, indices: Int[np.ndarray, " n"]) -> EvalOutputs:
        """Compute the statistics of inputs; `at_bound` is 0.

        Returns:
            The statistics of each input, in the order of the indices.
        """
        info = build_info(self._prepared)
        stats = stats_in_batches(self._forward_stats, state, self.inputs_at(indices), info)
        shared = {name: array for name, array in stats._asdict().items() if name in EvalOutputs._fields}
        return EvalOutputs(**cast("Any", shared), at_bound=np.zeros(len(indices)))

    def inputs_at(self, indices: Int[np.ndarray, " n"]) -> Any:
        """Return inputs by index, in their own units."""
        return self._prepared.dataset.inputs[indices]


def stats_in_batches(
    forward_stats: Callable[..., ForwardStats],
    state: TrainState,
    inputs: Float[np.ndarray, "N *x"],
    info: ModelInfo,
) -> ForwardStats:
    """Compute the statistics of any number of inputs, batch by batch.

    Args:
        forward_stats: the compiled program of prediction.
        state: of the model.
        inputs: in their own units.
        info: the model's sizes, and its scaling.

    Returns:
        Arrays over the N inputs.
    """
    batches = list(iter_batches(inputs, info))
    stats = jax.device_get([forward_stats(state, batch.x) for batch in batches])
    return join(
        [
            jax.tree.map(lambda array, size=batch.size: array[:size], each)
            for batch, each in zip(batches, stats, strict=True)
        ]
    )
