"""Loads the last state of one run as the first state of another, with other labels and perhaps more classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool

from rcmvae_core.errors import Diagnostic, RunError, fail
from rcmvae_core.training.averaging import make_averaging
from rcmvae_core.training.checkpoints import files as checkpoint_files
from rcmvae_core.training.checkpoints.average_arrays import average_use
from rcmvae_core.training.checkpoints.compatibility import check_arrays, mismatches
from rcmvae_core.training.checkpoints.errors import CorruptCheckpointError
from rcmvae_core.training.checkpoints.record import Record, array_bytes
from rcmvae_core.training.checkpoints.state_arrays import (
    describe_arrays,
    leaves_by_path,
    named_arrays,
    restore_state,
)
from rcmvae_core.training.checkpoints.upgrade import array_upgrade
from rcmvae_core.training.class_channels import add_classes
from rcmvae_core.training.compiled import Programs, init_state
from rcmvae_core.training.learning_rates import largest_learning_rates
from rcmvae_core.training.progress import LoopState
from rcmvae_core.training.setup import Prepared
from rcmvae_core.training.state import TrainState, adopt_average

Warn = Callable[[Diagnostic], None]
_NOT_LOADED = ("carry/classifier", "tally/", "step")
"""Arrays that the new run makes itself: from its labels, for its first epoch, and for its number of steps."""
_MOST_TIMES, _SMALL = 16, 2**26
"""How many times larger than the new state an old one may be, in addition to some bytes that every machine has."""
_DECAYED = 0.1
"""Share of its largest value below which a learning rate has decayed."""
_OPTIMIZER, _PARAMS, _LOSSES = "optimizer/", "params/", "params/losses/"


def continue_from(
    folder: Path, step: int, *, prepared: Prepared, programs: Programs, seed: int, warn: Warn
) -> tuple[TrainState, LoopState]:
    """Load the state of another run, and its number of epochs.

    Parameters, usage and curricula are those of the other run. The classifier is rebuilt from the current labels: a
    class that had none before claims unused channels, and τ has a column for every class. The optimizer's slots are
    loaded if they have the same shapes. So is the average of the parameters; a run without one continues from the
    parameters that the other run predicts with, and one whose other run had none averages from its parameters on.

    Args:
        folder: the other run's checkpoints of this seed.
        step: of the checkpoint.
        prepared: data, labels and model of this run.
        programs: its compiled functions.
        seed: the same in both runs.
        warn: called with W413 for every new class, with W414 if the optimizer starts from its initial state, and with
            W418 if the learning rate has decayed.

    Returns:
        The state that training starts from, at the beginning of an epoch, and its loop state.

    Raises:
        RunError: E412 if the other run's model has other shapes, E413 if its checkpoint is missing or corrupt.
    """
    record = _find_record(folder, step)
    initial = init_state(prepared, programs, seed)
    _require_similar_size(folder, record, initial)
    try:
        arrays = array_upgrade(prepared.resolved)(checkpoint_files.read(folder, record), record.facts)
    except CorruptCheckpointError as error:
        message = f"`{folder}` cannot be continued: {error}"
        fail("E413", message, help=["continue another run"], error=RunError)
    use = average_use(arrays)
    saved_form = initial._replace(average=() if use is None else {use: initial.params})
    averaging = make_averaging(prepared.resolved.train, prepared.context)
    state = adopt_average(averaging, _merge(arrays, saved_form, folder, warn))
    epoch = int(record.journal["epoch"])
    # The steps of an epoch may be others than before: training continues at the beginning of an epoch.
    first_step = jnp.asarray(epoch * prepared.context.steps_per_epoch, jnp.int32)
    state = programs.mesh.replicate(state._replace(step=first_step))
    state, claims = add_classes(prepared, programs, state, _new_classes(prepared, record))
    for number, channels in claims.items():
        text = " and ".join(map(str, channels))
        outcome = f"it claims channel {text}" if channels else "no channel is free, so it has none of its own"
        warn(Diagnostic("W413", f"class `{prepared.dataset.class_names[number]}` is new: {outcome}"))
    _warn_of_learning_rate(prepared, int(first_step), warn)
    return state, LoopState(seed, epoch)


def _warn_of_learning_rate(prepared: Prepared, first_step: int, warn: Warn) -> None:
    """Warn of a schedule that has decayed, as it has at the end of most runs: new labels would change little."""
    optimizer, context = prepared.resolved.one("optimizer"), prepared.context
    last_step = max(first_step, prepared.resolved.train.epochs * context.steps_per_epoch)
    found = largest_learning_rates(optimizer, context, first_step, last_step)
    if found is None or found[1] >= _DECAYED * found[0]:
        return
    before, after = found
    setting = f"train.optimizer.{optimizer.name}.learning_rate={before / 2:.2g}"
    warn(
        Diagnostic(
            "W418",
            f"the learning rate is at most {after:.2g} from here on, and was {before:.2g}: little will change",
            help=(f"give it a new one: `--set {setting}`", "or train a new model, without `--warm-start`"),
        )
    )


def _find_record(folder: Path, step: int) -> Record:
    record = next((r for r in checkpoint_files.records(folder) if r.format and r.step == step), None)
    if record is None:
        message = f"`{folder}` no longer has a checkpoint of step {step}"
        fail("E413", message, help=["continue the run again, into another folder"], error=RunError)
    return record


def _require_similar_size(folder: Path, record: Record, initial: TrainState) -> None:
    """Check that a checkpoint is not many times larger than the state, before it is read.

    Raises:
        RunError: E412 if it is: another optimizer has a few more arrays of the size of the parameters, at most.
    """
    size, own = array_bytes(record.arrays), array_bytes(describe_arrays(leaves_by_path(initial)))
    if size > _MOST_TIMES * own + _SMALL:
        message = f"`{folder}` is of another model: its arrays have {size} bytes, and those of this one {own}"
        fail("E412", message, help=["continue a run of this model"], error=RunError)


def _merge(arrays: Mapping[str, np.ndarray], initial: TrainState, folder: Path, warn: Warn) -> TrainState:
    """Replace the arrays of an initial state by those of a checkpoint.

    Args:
        arrays: of the checkpoint.
        initial: the state of this run before any step.
        folder: of the checkpoint, for messages.
        warn: called with W414 if the optimizer has other arrays, which are then not loaded.

    Returns:
        The state; its classifier, metrics and step are the initial ones.

    Raises:
        RunError: E412 if an array of the model has another type or shape.
    """
    own = named_arrays(initial)
    names = {name for name in own if not name.startswith(_NOT_LOADED)}
    expected, saved = (describe_arrays(source) for source in (own, arrays))
    slots = {name for name in names if name.startswith(_OPTIMIZER)}
    slots_differ = not slots.isdisjoint(mismatches(saved, expected))
    names = names - slots if slots_differ else names
    of_model = {
        name for name in saved if name.startswith(_PARAMS) and not name.startswith(_LOSSES)
    }  # those of no part of this model count as well
    check_arrays(
        folder,
        {name: saved[name] for name in (names | of_model) & saved.keys()},
        {name: expected[name] for name in names},
        "only data, labels, weights, epochs and the optimizer may change",
    )
    if slots_differ:
        warn(
            Diagnostic(
                "W414", "the optimizer differs from the previous one, and starts from its initial state"
            )
        )
    return restore_state(own | {name: arrays[name] for name in names}, initial)


def _new_classes(prepared: Prepared, record: Record) -> Bool[np.ndarray, " Y"]:
    """Return the classes that had no label in a checkpoint; one that does not record them had labels of all."""
    names = prepared.dataset.class_names
    labelled = record.facts.get("labelled_classes", names)
    return np.array([name not in labelled for name in names], bool)
