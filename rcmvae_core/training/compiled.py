"""Holds the compiled programs of a run, which all its seeds share."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from rcmvae_core.data.sampling import evenly_spaced
from rcmvae_core.model.build import ModelState
from rcmvae_core.training.averaging import make_averaging
from rcmvae_core.training.batches import DeviceFeed, Feed, FeedConfig, visible_labels
from rcmvae_core.training.epoch import Epoch, make_epoch
from rcmvae_core.training.evaluation import EvalOutputs, evaluation_metrics, make_evaluate
from rcmvae_core.training.setup import Prepared, init_sample
from rcmvae_core.training.sharding import DeviceMesh, all_devices
from rcmvae_core.training.state import FAST_COMPILE, TrainState, make_init_state
from rcmvae_core.training.streaming import StreamFeed
from rcmvae_core.training.unlocking import Unlocking, copy_channels, make_unlocking

_REBUILD_LABELS = 4096
"""The most labelled examples from which a classifier is rebuilt."""


class Programs(NamedTuple):
    """Functions that compile once and serve every seed.

    Args:
        init_state: `(key, inputs [n *x]) -> state`, from a sample of training inputs.
        rebuild_classifier: `(model state, q(c|x) [L K], labels [L], new [Y]) -> model state`.
        copy_channels: `(state, source [K]) -> state`, in which channel c is a copy of channel source[c].
        epoch: the training steps.
        loss_weights: the weight of each loss term in the last step, by label.
        schedules_finished: whether weight schedules and curricula have reached their last values.
        unlocking: what curricula do between epochs; None without a curriculum.
        mesh: the devices.
        feed: training and evaluation over the data.
    """

    init_state: Callable[[jax.Array, jax.Array], TrainState]
    rebuild_classifier: Callable[..., ModelState]
    copy_channels: Callable[..., TrainState]
    epoch: Epoch
    loss_weights: Callable[[TrainState], dict[str, Float[Array, ""]]]
    schedules_finished: Callable[[TrainState], Bool[Array, ""]]
    unlocking: Unlocking | None
    mesh: DeviceMesh
    feed: Feed


def compile_programs(prepared: Prepared, mesh: DeviceMesh | None = None) -> Programs:
    """Build the jitted functions of a run.

    Args:
        prepared: data, model and optimizer.
        mesh: the devices; None takes all of them.

    Returns:
        The functions; each compiles on its first call.
    """
    train, context, model = prepared.resolved.train, prepared.context, prepared.model
    mesh = mesh or all_devices()
    labelled_batch_size = train.labelled_batch_size if context.labelled else 0
    averaging = make_averaging(train, context)
    epoch = make_epoch(
        model,
        prepared.optimizer,
        steps=context.steps_per_epoch,
        batch_size=train.batch_size,
        labelled_batch_size=labelled_batch_size,
        mesh=mesh,
        averaging=averaging,
    )
    config = FeedConfig(
        dataset=prepared.dataset,
        split=prepared.split,
        labels=visible_labels(prepared.dataset, prepared.split),
        mesh=mesh,
        epoch=epoch,
        evaluate_batch=make_evaluate(model),
        steps=context.steps_per_epoch,
        scaling=prepared.scaling,
    )
    streamed = train.inputs == "stream"
    return Programs(
        init_state=make_init_state(model, prepared.optimizer, averaging),
        rebuild_classifier=jax.jit(model.rebuild_classifier, compiler_options=FAST_COMPILE),
        copy_channels=jax.jit(
            lambda state, source: copy_channels(model, prepared.optimizer, state, source),
            compiler_options=FAST_COMPILE,
        ),
        epoch=epoch,
        loss_weights=jax.jit(
            lambda state: model.loss_weights(state.carry, state.step - 1), compiler_options=FAST_COMPILE
        ),
        schedules_finished=jax.jit(lambda state: model.schedules_finished(state.carry, state.step)),
        unlocking=make_unlocking(model, prepared.optimizer),
        mesh=mesh,
        feed=StreamFeed(config, train.batch_size, labelled_batch_size) if streamed else DeviceFeed(config),
    )


def init_state(prepared: Prepared, programs: Programs, seed: int) -> TrainState:
    """Initialise the state of a seed, whose classifier has seen no label yet.

    Args:
        prepared: data and model.
        programs: the compiled functions.
        seed: the only source of randomness.

    Returns:
        The state, on every device.
    """
    sample = init_sample(prepared)
    return programs.mesh.replicate(programs.init_state(jax.random.key(seed), sample))


def init_labelled_state(prepared: Prepared, programs: Programs, seed: int) -> TrainState:
    """Initialise the state that training starts from: its classifier is built from the given labels.

    Args:
        prepared: data and model.
        programs: the compiled functions.
        seed: the only source of randomness.

    Returns:
        The state, on every device.
    """
    new = np.ones(prepared.context.classes, bool)
    return rebuild_classifier(prepared, programs, init_state(prepared, programs, seed), new)


def rebuild_classifier(
    prepared: Prepared, programs: Programs, state: TrainState, new: Bool[np.ndarray, " Y"]
) -> TrainState:
    """Rebuild the classifier of a state from the given labels, or from evenly spaced ones if they are many.

    Args:
        prepared: the labels.
        programs: the compiled functions.
        state: of the model whose responsibilities count.
        new: classes that claim channels: those that had no label before, and at an unlock those that share one.

    Returns:
        The state with another classifier; unchanged without labels.
    """
    if not len(prepared.split.labelled):
        return state
    responsibilities, labels = labelled_responsibilities(prepared, programs, state)
    return state._replace(carry=programs.rebuild_classifier(state.carry, responsibilities, labels, new))


def labelled_responsibilities(
    prepared: Prepared, programs: Programs, state: TrainState
) -> tuple[Float[Array | np.ndarray, "L K"], Int[np.ndarray, " L"]]:
    """Return q(c|x) and the classes of the labelled inputs, or of evenly spaced ones if they are many.

    Args:
        prepared: the labels; there is at least one.
        programs: the compiled functions.
        state: of the model.
    """
    labelled = prepared.split.labelled
    rows = evenly_spaced(len(labelled), _REBUILD_LABELS)
    outputs = programs.feed.evaluate(state, labelled[rows])
    return outputs.responsibilities, prepared.split.given[rows].astype(np.int32)


def evaluate(
    prepared: Prepared, programs: Programs, state: TrainState, indices: Int[np.ndarray, " n"]
) -> tuple[dict[str, float], EvalOutputs]:
    """Evaluate a state on some inputs.

    Args:
        prepared: the data; their true labels decide the accuracy.
        programs: the compiled functions.
        state: of the model.
        indices: of the inputs.

    Returns:
        The metrics of `evaluation_metrics`, and the statistics of each input.
    """
    outputs = programs.feed.evaluate(state, indices)
    return evaluation_metrics(outputs, prepared.dataset.labels[indices]), outputs
