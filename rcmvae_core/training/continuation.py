"""The state in which one run ended as the beginning of another, with other labels and perhaps other classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from rcmvae_core.errors import Diagnostic, RunError
from rcmvae_core.training import checkpoints
from rcmvae_core.training.checkpoints import Damaged, Record
from rcmvae_core.training.journal import Journal
from rcmvae_core.training.prepare import Prepared
from rcmvae_core.training.programs import Programs, fresh, relabel
from rcmvae_core.training.state import TrainState

Warn = Callable[[Diagnostic], None]
_OF_LABELS = ("carry/classifier", "tally/", "step")
"""What is not taken over: it is rebuilt from the labels, or counts an epoch that is over."""


def continue_from(
    folder: Path, step: int, *, prepared: Prepared, programs: Programs, seed: int, warn: Warn
) -> tuple[TrainState, Journal]:
    """The state that a seed goes on from, and its journal, which counts on.

    Parameters, usage and curricula are those of the other run. The classifier is rebuilt from the labels as they
    are now: a class that had none before claims free channels, and tau has a column for every class. The
    optimizer's slots are taken over where they fit.

    Args:
        folder: the other run's checkpoints of this seed.
        step: which of them.
        prepared: data, labels and model of this one.
        programs: its compiled functions.
        seed: the same in both.
        warn: told when the optimizer begins anew, and of new classes.

    Raises:
        RunError: E412 if the other run's model has other shapes, E413 if its checkpoint cannot be read.
    """
    record = _record(folder, step)
    try:
        arrays = checkpoints.read(folder, record.step, record)
    except Damaged as fault:
        message = f"`{folder}` cannot be gone on from: {fault}"
        raise RunError([Diagnostic("E413", message, help=["go on from another run"])]) from None
    blank = fresh(prepared, programs, seed)
    state = _merged(arrays, blank, folder, warn)
    epoch = int(record.journal["epoch"])
    # An epoch may be longer than it was: the next one begins where one begins.
    begin = jnp.asarray(epoch * prepared.context.steps_per_epoch, jnp.int32)
    state = programs.placement.replicate(state._replace(step=begin))
    new = _new_classes(prepared, record)
    state = relabel(prepared, programs, state, new)
    homes = own_channels(np.asarray(prepared.model.tau(state.carry)))
    for number in np.flatnonzero(new):
        found = ", ".join(map(str, homes.get(int(number), [])))
        outcome = f"it claims channel {found}" if found else "no channel is free, so it has none of its own"
        warn(Diagnostic("W413", f"class `{prepared.dataset.class_names[number]}` is new: {outcome}"))
    return state, Journal(seed, epoch)


def own_channels(tau: Float[np.ndarray, "K Y"]) -> dict[int, list[int]]:
    """The channels of each class that has any: those that stand for it more than for all others together.

    Example:
        >>> own_channels(np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]]))
        {0: [0], 1: [2]}
    """
    found: dict[int, list[int]] = {}
    for channel, row in enumerate(tau):
        if row.size and row.max() > 0.5:  # noqa: PLR2004 - more than half
            found.setdefault(int(row.argmax()), []).append(channel)
    return found


def _record(folder: Path, step: int) -> Record:
    found = next((r for r in checkpoints.records(folder) if r.format and r.step == step), None)
    if found is None:
        message = f"`{folder}` has no checkpoint of step {step} any more"
        help_ = ["continue from the run again, into another folder"]
        raise RunError([Diagnostic("E413", message, help=help_)])
    return found


def _merged(arrays: Mapping[str, np.ndarray], blank: TrainState, folder: Path, warn: Warn) -> TrainState:
    """A fresh state with everything that was learnt."""
    mine = checkpoints.named(blank)
    described = checkpoints.describe(mine)
    wanted = {name for name in mine if not name.startswith(_OF_LABELS)}
    theirs = {name: found for name, found in checkpoints.describe(arrays).items() if name in wanted}
    wrong = [name for name in sorted(wanted) if theirs.get(name) != described[name] and mine[name].size]
    slots = [name for name in wrong if name.startswith("optimizer/")]
    other = [name for name in wrong if not name.startswith("optimizer/")]
    if other:
        message = f"`{folder}` holds another model: {len(other)} arrays differ, the first `{other[0]}`"
        help_ = ["only data, labels, weights, epochs and the optimizer may change"]
        raise RunError([Diagnostic("E412", message, help=help_)])
    if slots:
        warn(Diagnostic("W414", "the optimizer is another one than before, and begins anew"))
        wanted = {name for name in wanted if not name.startswith("optimizer/")}
    taken: dict[str, Any] = mine | {name: arrays[name] for name in wanted if name in arrays}
    return checkpoints.restored(taken, blank)


def _new_classes(prepared: Prepared, record: Record) -> Bool[np.ndarray, " Y"]:
    """Classes without a label when the checkpoint was made; a run of an older version does not say, and had all."""
    names = prepared.dataset.class_names
    known = record.facts.get("labelled_classes", names)
    return np.array([name not in known for name in names], bool)
